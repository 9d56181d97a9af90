use std::error::Error;
use std::sync::Arc;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use super::error::Cause;
use super::pool::Pool;
use super::seals::{Check, Seals, with_seals};
use crate::commit::CommitId;
use crate::document::{Collection, Document, DocumentKey, Revision, Secrets};
use crate::error::StoreError;
use crate::journal::{JournalEntry, JournalStream};
use crate::page::{Change, Changes, HeldBody, HeldDocument, Listing, StoreStatus};
use crate::stored::{body, end_of, is_possible, number, revision, rows};

/// A value of a row.
pub(super) fn get<'a, T: FromSql<'a>>(
    action: &str,
    row: &'a Row,
    column: usize,
) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| StoreError::damaged(action, Cause::of(&error)))
}

/// A text that need not be valid: one damaged document must not fail a whole page.
struct Text<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Text<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TEXT
    }
}

pub(super) async fn document(
    pool: &Pool,
    seals: &Arc<Seals>,
    key: &DocumentKey,
) -> Result<Option<Document>, StoreError> {
    let action = "read";
    let name = key.collection.name();
    if !is_possible(name) || !is_possible(&key.id) {
        return Ok(None);
    }
    let read = "SELECT revision, body, fields, secrets FROM {schema}.document \
                WHERE collection = $1 AND id = $2 AND body IS NOT NULL";
    let place = [(&name as _, Type::TEXT), (&key.id as _, Type::TEXT)];
    let found = pool.row(action, read, &place).await?;
    let Some(row) = found else { return Ok(None) };
    let fields: Vec<String> = get(action, &row, 2)?;
    let values: Vec<Vec<u8>> = get(action, &row, 3)?;
    let secrets = if fields.is_empty() {
        Secrets::new()
    } else {
        let key = key.clone();
        let open = move |seals: &Seals| {
            let opened = fields.into_iter().zip(values).map(|(field, value)| {
                let secret = seals.sealer.open(&key, &field, &value)?;
                Ok((field, secret))
            });
            opened.collect()
        };
        with_seals(action, seals, open).await?
    };
    let body = body(key, get(action, &row, 1)?)?;
    Ok(Some(Document::new(revision(get(action, &row, 0)?), body, secrets)))
}

/// The value that shows which key seals.
pub(super) async fn key_check(pool: &Pool) -> Result<Check, StoreError> {
    let action = "read which key seals";
    let read = "SELECT key_check FROM {schema}.store";
    let row = pool.row(action, read, &[]).await?;
    let row = row.ok_or_else(|| StoreError::damaged(action, "its counters are gone"))?;
    get(action, &row, 0)
}

pub(super) async fn list_held(
    pool: &Pool,
    listing: &Listing,
) -> Result<Vec<HeldDocument>, StoreError> {
    let action = "list";
    let name = listing.collection.name();
    if !is_possible(name) || !is_possible(&listing.prefix) {
        return Ok(Vec::new());
    }
    let read = "SELECT id, revision, body FROM {schema}.document \
                WHERE collection = $1 AND id >= $2 AND id > $3 AND ($4::text IS NULL OR id < $4) \
                AND body IS NOT NULL ORDER BY id LIMIT $5";
    // No id has a NUL, so those after `a\0b` are those after `a`.
    let after = listing.after.as_deref().unwrap_or_default();
    let after = after.split('\0').next().unwrap_or_default();
    let page = [
        (&name as _, Type::TEXT),
        (&listing.prefix as _, Type::TEXT),
        (&after as _, Type::TEXT),
        (&end_of(&listing.prefix) as _, Type::TEXT),
        (&rows(listing.limit) as _, Type::INT8),
    ];
    let found = pool.rows(action, read, &page).await?;
    let held = |row: &Row| {
        let (id, written) = (get(action, row, 0)?, revision(get(action, row, 1)?));
        let Text(body) = get(action, row, 2)?;
        Ok(HeldDocument::new(id, written, HeldBody::Text(body.to_vec())))
    };
    found.iter().map(held).collect()
}

/// A commit that is not there cannot be written by a call that has ended: its statement may still wait at the server.
pub(super) async fn committed(pool: &Pool, id: CommitId) -> Result<Option<Revision>, StoreError> {
    let action = "look for a commit";
    let id = id.to_bytes();
    let id = [(&id.as_slice() as _, Type::BYTEA)];
    let read = "SELECT revision FROM {schema}.written WHERE commit_id = $1 AND bars = 0";
    let row = pool.row(action, read, &id).await?;
    if let Some(row) = row {
        return Ok(Some(revision(get(action, &row, 0)?)));
    }
    if pool.is_snapshot() {
        return Ok(None);
    }
    let find = "SELECT {schema}.find_commit($1)";
    let row = pool.row(action, find, &id).await?;
    let found: Option<Option<i64>> = row.map(|row| get(action, &row, 0)).transpose()?;
    Ok(found.flatten().map(revision))
}

/// In one statement, so that all of it is of one moment.
const CHANGES: &str = "WITH store AS (SELECT revision, compacted FROM {schema}.store), \
    last AS (SELECT coalesce( \
        (SELECT revision FROM {schema}.document WHERE revision > $1 ORDER BY revision LIMIT 1 OFFSET $2), \
        (SELECT revision FROM store)) AS revision), \
    page AS (SELECT collection, id, revision, body FROM {schema}.document \
        WHERE revision > $1 AND revision <= (SELECT revision FROM last)) \
    SELECT store.revision, store.compacted, last.revision, \
        EXISTS (SELECT FROM {schema}.document AS more WHERE more.revision > last.revision), \
        page.collection, page.id, page.revision, page.body \
    FROM store CROSS JOIN last LEFT JOIN page ON true \
    ORDER BY page.revision, page.collection, page.id";

pub(super) async fn changes(
    pool: &Pool,
    after: Revision,
    limit: usize,
) -> Result<Changes, StoreError> {
    let action = "read changes";
    // The commit that fills the page belongs to it as a whole.
    let page = [(&number(after.0) as _, Type::INT8), (&(rows(limit.max(1)) - 1) as _, Type::INT8)];
    let found = pool.rows(action, CHANGES, &page).await?;
    let first = found.first();
    let first = first.ok_or_else(|| StoreError::damaged(action, "its counters are gone"))?;
    let (newest, compacted) = (get(action, first, 0)?, revision(get(action, first, 1)?));
    if after < compacted {
        return Err(StoreError::Compacted { after });
    }
    let has_more: bool = get(action, first, 3)?;
    let until = if has_more { get(action, first, 2)? } else { newest };
    let mut changes = Vec::new();
    for row in &found {
        // An empty page is one row without a document.
        let Some(kind) = get::<Option<String>>(action, row, 4)? else { continue };
        let key = Collection::stored(kind).key(get::<&str>(action, row, 5)?);
        let written = revision(get(action, row, 6)?);
        let text: Option<Text<'_>> = get(action, row, 7)?;
        let body = text.map(|Text(body)| serde_json::from_slice(body)).transpose();
        changes.push(match body {
            Ok(body) => Change::new(key, written, body),
            Err(damage) => Change::damaged(key, written, damage),
        });
    }
    Ok(Changes::new(changes, revision(until), has_more))
}

pub(super) async fn journal(
    pool: &Pool,
    stream: &JournalStream,
    after: u64,
    limit: usize,
) -> Result<Vec<JournalEntry>, StoreError> {
    let action = "read a journal";
    if !is_possible(&stream.0) {
        return Ok(Vec::new());
    }
    let read = "SELECT sequence, body FROM {schema}.journal WHERE stream = $1 AND sequence > $2 \
                ORDER BY sequence LIMIT $3";
    let page = [
        (&stream.0 as _, Type::TEXT),
        (&number(after) as _, Type::INT8),
        (&rows(limit) as _, Type::INT8),
    ];
    let found = pool.rows(action, read, &page).await?;
    let entry = |row: &Row| {
        let sequence: i64 = get(action, row, 0)?;
        Ok(JournalEntry::new(sequence.unsigned_abs(), body(stream, get(action, row, 1)?)?))
    };
    found.iter().map(entry).collect()
}

/// It takes the lock of commits, and writes the counters as they are: whoever cannot write is not healthy. The server
/// reuses the place of the old row at once.
const PROBE: &str = "UPDATE {schema}.store SET revision = revision RETURNING revision, compacted";

/// Of a snapshot, which can only be read.
const COUNTERS: &str = "SELECT revision, compacted FROM {schema}.store";

const STATUS: &str = "WITH store AS ({counters}) \
    SELECT revision, compacted, \
    (SELECT count(*) FROM {schema}.document WHERE body IS NOT NULL), \
    (SELECT count(*) FROM {schema}.journal), \
    (SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c \
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r') \
    FROM store";

pub(super) async fn status(pool: &Pool) -> Result<StoreStatus, StoreError> {
    let action = "report its status";
    let schema = [(&pool.place.schema as _, Type::TEXT)];
    let counters = if pool.is_snapshot() { COUNTERS } else { PROBE };
    let read = STATUS.replace("{counters}", counters);
    let row = pool.row(action, &read, &schema).await?;
    let row = row.ok_or_else(|| StoreError::damaged(action, "its counters are gone"))?;
    let count = |column| get::<i64>(action, &row, column).map(i64::unsigned_abs);
    let mut status =
        StoreStatus::new(revision(get(action, &row, 0)?), revision(get(action, &row, 1)?));
    status.documents = count(2)?;
    status.entries = count(3)?;
    status.bytes = Some(count(4)?);
    Ok(status)
}
