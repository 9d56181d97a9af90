use rusqlite::{Connection, Row, params};

use crate::document::{Collection, DocumentKey};
use crate::error::StoreError;
use crate::journal::JournalStream;
use crate::keyring::key_of;
use crate::maintenance::{Counters, Inventory, Sealing};
use crate::sqlite::error::failed;
use crate::stored::{revision, rows};

pub(super) fn inventory(file: &Connection) -> Result<Inventory, StoreError> {
    count(file).map_err(|error| failed("count what it holds", error))
}

fn count(file: &Connection) -> rusqlite::Result<Inventory> {
    let counters = "SELECT revision, token FROM store";
    let counters = file.query_row(counters, [], |row| {
        Ok(Counters::new(revision(row.get(0)?), unsigned(row, 1)?))
    })?;
    let mut inventory = Inventory::new(counters);
    let schema = file.pragma_query_value(None, "user_version", |row| unsigned(row, 0))?;
    inventory.schema = Some(schema);
    let kinds = "SELECT collection, count(*) FROM document WHERE body IS NOT NULL GROUP BY 1";
    let mut kinds = file.prepare(kinds)?;
    for kind in kinds.query_map([], |row| Ok((row.get(0)?, unsigned(row, 1)?)))? {
        let (kind, count): (String, u64) = kind?;
        inventory.documents.insert(Collection::stored(kind), count);
    }
    let journals = "SELECT count(DISTINCT stream) FROM journal";
    inventory.journals = file.query_row(journals, [], |row| unsigned(row, 0))?;
    inventory.sealing = sealing(file)?;
    Ok(inventory)
}

/// The id of a key is at the front of a sealed value.
fn sealing(file: &Connection) -> rusqlite::Result<Sealing> {
    let check = "SELECT key_check FROM store";
    let check: Option<Vec<u8>> = file.query_row(check, [], |row| row.get(0))?;
    let mut sealing = Sealing::default();
    let Some(check) = check else {
        let all = "SELECT count(*) FROM secret";
        sealing.unsealed = file.query_row(all, [], |row| unsigned(row, 0))?;
        return Ok(sealing);
    };
    sealing.current = key_of(&check).ok().map(|(key, _)| key.to_owned());
    let fronts = "SELECT substr(value, 1, 64), count(*) FROM secret \
                  GROUP BY substr(value, 1, instr(substr(value, 3), x'3a') + 1)";
    let mut fronts = file.prepare(fronts)?;
    for front in fronts.query_map([], |row| Ok((row.get(0)?, unsigned(row, 1)?)))? {
        let (front, count): (Vec<u8>, u64) = front?;
        match key_of(&front) {
            Ok((key, _)) => *sealing.by_key.entry(key.to_owned()).or_default() += count,
            Err(_) => sealing.unsealed += count,
        }
    }
    Ok(sealing)
}

pub(super) fn keys(
    file: &Connection,
    after: Option<&DocumentKey>,
    limit: usize,
) -> Result<Vec<DocumentKey>, StoreError> {
    let of = |error| failed("list keys", error);
    let read = "SELECT collection, id FROM document \
                WHERE (collection, id) > (?1, ?2) AND body IS NOT NULL \
                ORDER BY collection, id LIMIT ?3";
    let (kind, id) = after.map_or(("", ""), |key| (key.collection.name(), &key.id));
    let mut read = file.prepare_cached(read).map_err(of)?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found = read.query_map(params![kind, id, rows(limit)], row).map_err(of)?;
    let mut keys = Vec::new();
    for row in found {
        let (kind, id): (String, String) = row.map_err(of)?;
        keys.push(Collection::stored(kind).key(id));
    }
    Ok(keys)
}

pub(super) fn journals(
    file: &Connection,
    after: Option<&JournalStream>,
    limit: usize,
) -> Result<Vec<JournalStream>, StoreError> {
    let of = |error| failed("list journals", error);
    let read = "SELECT DISTINCT stream FROM journal WHERE stream > ?1 ORDER BY stream LIMIT ?2";
    let after = after.map_or("", |stream| stream.0.as_str());
    let mut read = file.prepare_cached(read).map_err(of)?;
    let found = read.query_map(params![after, rows(limit)], |row| row.get(0).map(JournalStream));
    found.map_err(of)?.map(|stream| stream.map_err(of)).collect()
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(i64::unsigned_abs)
}
