use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::document::{Collection, DocumentKey};
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::keyring::key_of;
use crate::maintenance::{Counters, Inventory, Sealing};
use crate::postgres::pool::Pool;
use crate::postgres::reads::get;
use crate::stored::{revision, rows};

const COUNTING: &str = "count what it holds";

const COUNTERS: &str = "SELECT revision, token, key_check, \
    (SELECT schema_version FROM {schema}.project_deployer), \
    (SELECT count(DISTINCT stream) FROM {schema}.journal) FROM {schema}.store";

const KINDS: &str =
    "SELECT collection, count(*) FROM {schema}.document WHERE body IS NOT NULL GROUP BY 1";

const SECRETS: &str =
    "SELECT coalesce(sum(cardinality(secrets)), 0)::bigint FROM {schema}.document";

/// The first 19 bytes of a sealed value name its key. Nothing else of a secret is read.
const FRONTS: &str = "SELECT substr(secret, 1, 19), count(*) \
    FROM {schema}.document CROSS JOIN unnest(secrets) AS secret GROUP BY 1";

pub(super) async fn inventory(pool: &Pool) -> Result<Inventory, StoreError> {
    let pool = pool.patient();
    let counters = ask(&pool, COUNTERS).await?;
    let row = counters.first();
    let row = row.ok_or_else(|| StoreError::damaged(COUNTING, "its counters are gone"))?;
    let mut inventory =
        Inventory::new(Counters::new(revision(get(COUNTING, row, 0)?), unsigned(row, 1)?));
    inventory.schema = Some(u64::from(get::<i32>(COUNTING, row, 3)?.unsigned_abs()));
    inventory.journals = unsigned(row, 4)?;
    for row in &ask(&pool, KINDS).await? {
        let kind = Collection::stored(get(COUNTING, row, 0)?);
        inventory.documents.insert(kind, unsigned(row, 1)?);
    }
    inventory.sealing = match get::<Option<&[u8]>>(COUNTING, row, 2)? {
        Some(check) => sealing(&pool, check).await?,
        None => {
            let unsealed = ask(&pool, SECRETS).await?;
            let unsealed = unsealed.first().map(|row| unsigned(row, 0)).transpose()?;
            Sealing { unsealed: unsealed.unwrap_or_default(), ..Sealing::default() }
        }
    };
    Ok(inventory)
}

async fn sealing(pool: &Pool, check: &[u8]) -> Result<Sealing, StoreError> {
    let current = key_of(check).ok().map(|(key, _)| key.to_owned());
    let mut sealing = Sealing { current, ..Sealing::default() };
    for row in &ask(pool, FRONTS).await? {
        let count = unsigned(row, 1)?;
        match key_of(get(COUNTING, row, 0)?) {
            Ok((key, _)) => *sealing.by_key.entry(key.to_owned()).or_default() += count,
            Err(_) => sealing.unsealed += count,
        }
    }
    Ok(sealing)
}

async fn ask(pool: &Pool, statement: &str) -> Result<Vec<Row>, StoreError> {
    pool.rows(COUNTING, statement, &[]).await
}

fn unsigned(row: &Row, column: usize) -> Result<u64, StoreError> {
    get::<i64>(COUNTING, row, column).map(i64::unsigned_abs)
}

pub(super) async fn keys(
    pool: &Pool,
    after: Option<&DocumentKey>,
    limit: usize,
) -> Result<Vec<DocumentKey>, StoreError> {
    let action = "list keys";
    let read = "SELECT collection, id FROM {schema}.document \
                WHERE (collection, id) > ($1, $2) AND body IS NOT NULL \
                ORDER BY collection, id LIMIT $3";
    let (kind, id) = after.map_or(("", ""), |key| (key.collection.name(), key.id.as_str()));
    let (kind, id, limit) = (before_nul(kind), before_nul(id), rows(limit));
    let page = [(&kind as _, Type::TEXT), (&id as _, Type::TEXT), (&limit as _, Type::INT8)];
    let found = pool.rows(action, read, &page).await?;
    let key = |row: &Row| {
        let kind = Collection::stored(get(action, row, 0)?);
        Ok(kind.key(get::<&str>(action, row, 1)?))
    };
    found.iter().map(key).collect()
}

pub(super) async fn journals(
    pool: &Pool,
    after: Option<&JournalStream>,
    limit: usize,
) -> Result<Vec<JournalStream>, StoreError> {
    let action = "list journals";
    let read =
        "SELECT DISTINCT stream FROM {schema}.journal WHERE stream > $1 ORDER BY stream LIMIT $2";
    let after = before_nul(after.map_or("", |stream| stream.0.as_str()));
    let page = [(&after as _, Type::TEXT), (&rows(limit) as _, Type::INT8)];
    let found = pool.rows(action, read, &page).await?;
    found.iter().map(|row| get(action, row, 0).map(JournalStream)).collect()
}

/// No name in the database has a NUL, so those after `a\0b` are those after `a`.
fn before_nul(name: &str) -> &str {
    name.split('\0').next().unwrap_or_default()
}
