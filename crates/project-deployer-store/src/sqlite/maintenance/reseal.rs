use rusqlite::{Connection, Row, params};

use crate::error::StoreError;
use crate::keyring::{KeyringError, SealError};
use crate::maintenance::Resealed;
use crate::sealing::{CHECKED, Sealer};
use crate::sqlite::error::failed;
use crate::stored::rows;

/// Either kind of failure.
enum Failed {
    Sqlite(rusqlite::Error),
    Seal(String, SealError),
    Keys(KeyringError),
}

impl From<KeyringError> for Failed {
    fn from(error: KeyringError) -> Self {
        Self::Keys(error)
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// A sealed value: kind, id, field, value.
type Row4 = (String, String, String, Vec<u8>);

pub(super) fn seal_again(
    file: &Connection,
    sealer: &Sealer,
    limit: usize,
) -> Result<Resealed, StoreError> {
    seal(file, sealer, limit).map_err(|error| match error {
        Failed::Sqlite(error) => failed("seal secrets again", error),
        Failed::Keys(error) => StoreError::unavailable("read its keys again", error),
        Failed::Seal(what, error) => StoreError::unavailable(format!("seal {what} again"), error),
    })
}

fn seal(file: &Connection, sealer: &Sealer, limit: usize) -> Result<Resealed, Failed> {
    let Some(newest) = sealer.refresh()? else { return Ok(Resealed::new(0, 0)) };
    let check: Option<Vec<u8>> =
        file.query_row("SELECT key_check FROM store", [], |row| row.get(0))?;
    let check = check.unwrap_or_default();
    let new = sealer.sealed_again(CHECKED, &check);
    if let Some(new) =
        new.map_err(|error| Failed::Seal("the check of the key".to_owned(), error))?
    {
        file.execute("UPDATE store SET key_check = ?1", [new])?;
    }
    // What every value begins with that the newest key sealed.
    let front = format!("1:{newest}:").into_bytes();
    let outdated = "FROM secret WHERE substr(value, 1, length(?1)) <> ?1";
    let read = format!("SELECT collection, id, field, value {outdated} LIMIT ?2");
    let mut read = file.prepare(&read)?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let found = read.query_map(params![front, rows(limit)], row)?;
    let found: Vec<Row4> = found.collect::<Result<_, _>>()?;
    let mut sealed = 0;
    for (kind, id, field, value) in found {
        let new = sealer.sealed_again((&kind, &id, &field), &value);
        // Only a damaged value names no key.
        let new = new.and_then(|new| new.ok_or(SealError::Broken));
        let new = new.map_err(|error| Failed::Seal(format!("{field} of {kind}/{id}"), error))?;
        let update =
            "UPDATE secret SET value = ?4 WHERE collection = ?1 AND id = ?2 AND field = ?3";
        file.execute(update, params![kind, id, field, new])?;
        sealed += 1;
    }
    let left = format!("SELECT count(*) {outdated}");
    let left: i64 = file.query_row(&left, [front], |row| row.get(0))?;
    Ok(Resealed::new(sealed, left.unsigned_abs()))
}
