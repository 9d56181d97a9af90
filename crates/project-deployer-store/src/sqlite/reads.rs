use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::error::failed;
use crate::commit::CommitId;
use crate::document::{Collection, Document, DocumentKey, Revision, Secrets};
use crate::error::StoreError;
use crate::journal::{JournalEntry, JournalStream};
use crate::page::{Change, Changes, HeldBody, HeldDocument, ListedDocument, Listing, StoreStatus};
use crate::sealing::Sealer;
use crate::stored::{body, end_of, number, revision, rows};

pub(super) fn document(
    file: &Connection,
    sealer: &Sealer,
    key: &DocumentKey,
) -> Result<Option<Document>, StoreError> {
    let of = |error| failed("read", error);
    let name = key.collection.name();
    let read = "SELECT revision, body FROM document \
                WHERE collection = ?1 AND id = ?2 AND body IS NOT NULL";
    let mut read = file.prepare_cached(read).map_err(of)?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(i64, String)> =
        read.query_row([name, &key.id], row).optional().map_err(of)?;
    let Some((written, text)) = found else { return Ok(None) };
    let sealed = "SELECT field, value FROM secret WHERE collection = ?1 AND id = ?2";
    let mut sealed = file.prepare_cached(sealed).map_err(of)?;
    let sealed = sealed.query_map([name, &key.id], |row| Ok((row.get(0)?, row.get(1)?)));
    let mut secrets = Secrets::new();
    for secret in sealed.map_err(of)? {
        let (field, value): (String, Vec<u8>) = secret.map_err(of)?;
        let secret = sealer.open(key, &field, &value)?;
        secrets.insert(field, secret);
    }
    Ok(Some(Document::new(revision(written), body(key, &text)?, secrets)))
}

pub(super) fn list(
    file: &Connection,
    listing: &Listing,
) -> Result<Vec<ListedDocument>, StoreError> {
    Ok(list_held(file, listing)?.into_iter().map(ListedDocument::from).collect())
}

pub(super) fn list_held(
    file: &Connection,
    listing: &Listing,
) -> Result<Vec<HeldDocument>, StoreError> {
    let of = |error| failed("list", error);
    let read = "SELECT id, revision, body FROM document \
                WHERE collection = ?1 AND id >= ?2 AND id > ?3 AND (?4 IS NULL OR id < ?4) \
                AND body IS NOT NULL ORDER BY id LIMIT ?5";
    let mut read = file.prepare_cached(read).map_err(of)?;
    let name = listing.collection.name();
    let after = listing.after.as_deref().unwrap_or_default();
    let end = end_of(&listing.prefix);
    let page = params![name, listing.prefix, after, end, rows(listing.limit)];
    let found = read.query_map(page, |row| {
        let text = bytes(row, 2)?.unwrap_or_default();
        Ok(HeldDocument::new(row.get(0)?, revision(row.get(1)?), HeldBody::Text(text)))
    });
    found.map_err(of)?.collect::<Result<_, _>>().map_err(of)
}

/// A text that need not be valid: one damaged document must not fail a whole page.
fn bytes(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Vec<u8>>> {
    Ok(row.get_ref(column)?.as_bytes_or_null()?.map(<[u8]>::to_vec))
}

pub(super) fn committed(file: &Connection, id: CommitId) -> Result<Option<Revision>, StoreError> {
    Ok(written(file, id)?.map(|(revision, _)| revision))
}

/// The revision and the content of a commit that was written. Schema 1 had no contents.
pub(super) type Written = (Revision, Option<Vec<u8>>);

pub(super) fn written(file: &Connection, id: CommitId) -> Result<Option<Written>, StoreError> {
    let of = |error| failed("look for a commit", error);
    let read = "SELECT revision, digest FROM written WHERE commit_id = ?1";
    let mut read = file.prepare_cached(read).map_err(of)?;
    let row = |row: &Row<'_>| Ok((revision(row.get(0)?), row.get(1)?));
    read.query_row([id.to_bytes()], row).optional().map_err(of)
}

pub(super) fn changes(
    file: &Connection,
    after: Revision,
    limit: usize,
) -> Result<Changes, StoreError> {
    let of = |error| failed("read changes", error);
    let counters = file.query_row("SELECT revision, compacted FROM store", [], |row| {
        Ok((revision(row.get(0)?), revision(row.get(1)?)))
    });
    let (newest, compacted) = counters.map_err(of)?;
    if after < compacted {
        return Err(StoreError::Compacted { after });
    }
    // The commit that fills the page belongs to it as a whole.
    let last = "SELECT revision FROM document WHERE revision > ?1 \
                ORDER BY revision LIMIT 1 OFFSET ?2";
    let mut last = file.prepare_cached(last).map_err(of)?;
    let place = params![number(after.0), rows(limit.max(1)) - 1];
    let last: Option<i64> = last.query_row(place, |row| row.get(0)).optional().map_err(of)?;
    let last = last.map_or(newest, revision);
    let read = "SELECT collection, id, revision, body FROM document \
                WHERE revision > ?1 AND revision <= ?2 ORDER BY revision, collection, id";
    let mut read = file.prepare_cached(read).map_err(of)?;
    let found = read.query_map([number(after.0), number(last.0)], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, bytes(row, 3)?))
    });
    let mut changes = Vec::new();
    for row in found.map_err(of)? {
        let (kind, id, written, text): (String, String, i64, Option<Vec<u8>>) = row.map_err(of)?;
        let (key, written) = (Collection::stored(kind).key(id), revision(written));
        let body = text.map(|text| serde_json::from_slice(&text)).transpose();
        changes.push(match body {
            Ok(body) => Change::new(key, written, body),
            Err(damage) => Change::damaged(key, written, damage),
        });
    }
    let more = "SELECT 1 FROM document WHERE revision > ?1 LIMIT 1";
    let has_more = file.prepare_cached(more).map_err(of)?.exists([number(last.0)]).map_err(of)?;
    Ok(Changes::new(changes, if has_more { last } else { newest }, has_more))
}

pub(super) fn journal(
    file: &Connection,
    stream: &JournalStream,
    after: u64,
    limit: usize,
) -> Result<Vec<JournalEntry>, StoreError> {
    let of = |error| failed("read a journal", error);
    let read = "SELECT sequence, body FROM journal WHERE stream = ?1 AND sequence > ?2 \
                ORDER BY sequence LIMIT ?3";
    let mut read = file.prepare_cached(read).map_err(of)?;
    let page = params![stream.0, number(after), rows(limit)];
    let found = read.query_map(page, |row| Ok((row.get(0)?, row.get(1)?)));
    let mut entries = Vec::new();
    for row in found.map_err(of)? {
        let (sequence, text): (i64, String) = row.map_err(of)?;
        entries.push(JournalEntry::new(sequence.unsigned_abs(), body(stream, &text)?));
    }
    Ok(entries)
}

pub(super) fn status(file: &Connection) -> Result<StoreStatus, StoreError> {
    let read = "SELECT revision, compacted, \
                (SELECT count(*) FROM document WHERE body IS NOT NULL), \
                (SELECT count(*) FROM journal), \
                (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) \
                FROM store";
    let count = |row: &Row<'_>, column| row.get(column).map(i64::unsigned_abs);
    let status = file.query_row(read, [], |row| {
        let mut status = StoreStatus::new(revision(row.get(0)?), revision(row.get(1)?));
        status.documents = count(row, 2)?;
        status.entries = count(row, 3)?;
        status.bytes = Some(count(row, 4)?);
        Ok(status)
    });
    status.map_err(|error| failed("report its status", error))
}
