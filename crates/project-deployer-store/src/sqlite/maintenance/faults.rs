use rusqlite::{Connection, Row};

use crate::document::Collection;
use crate::journal::JournalStream;
use crate::maintenance::{Damaged, StoreDamage};
use crate::sqlite::checksum;

/// How many faults of the file itself are listed.
const MOST: usize = 1000;

/// What SQLite finds wrong with its file, and rows whose checksum does not fit. A part that cannot be read is
/// damage as well.
pub(super) fn damage(file: &Connection) -> Vec<StoreDamage> {
    let mut found = Vec::new();
    let parts = [of_file, of_documents, of_entries];
    for part in parts {
        if let Err(error) = part(file, &mut found) {
            found.push(StoreDamage::new(Damaged::Storage, error.to_string()));
        }
    }
    found
}

fn of_file(file: &Connection, found: &mut Vec<StoreDamage>) -> rusqlite::Result<()> {
    let mut check = file.prepare(&format!("PRAGMA integrity_check({MOST})"))?;
    for line in check.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            found.push(StoreDamage::new(Damaged::Storage, line));
        }
    }
    Ok(())
}

const CHANGED: &str = "its checksum does not fit; restore it from a backup";

fn of_documents(file: &Connection, found: &mut Vec<StoreDamage>) -> rusqlite::Result<()> {
    let read = "SELECT collection, id, revision, body, checksum FROM document \
                WHERE body IS NOT NULL AND checksum IS NOT NULL";
    each(file, read, |row| {
        let (kind, id) = (text(row, 0)?, text(row, 1)?);
        let body = row.get_ref(3)?.as_bytes()?;
        let checksum = checksum::of_document(&kind, &id, row.get(2)?, body);
        if checksum != row.get::<_, i64>(4)? {
            let key = Collection::stored(kind).key(id);
            found.push(StoreDamage::new(Damaged::Document(key), CHANGED));
        }
        Ok(())
    })
}

fn of_entries(file: &Connection, found: &mut Vec<StoreDamage>) -> rusqlite::Result<()> {
    let read = "SELECT stream, sequence, body, checksum FROM journal WHERE checksum IS NOT NULL";
    each(file, read, |row| {
        let stream = text(row, 0)?;
        let checksum = checksum::of_entry(&stream, row.get_ref(2)?.as_bytes()?);
        if checksum != row.get::<_, i64>(3)? {
            let sequence = row.get::<_, i64>(1)?.unsigned_abs();
            let entry = Damaged::Entry(JournalStream(stream), sequence);
            found.push(StoreDamage::new(entry, CHANGED));
        }
        Ok(())
    })
}

fn each(
    file: &Connection,
    read: &str,
    mut check: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut read = file.prepare(read)?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        check(row)?;
    }
    Ok(())
}

/// A text that need not be valid any more.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(String::from_utf8_lossy(row.get_ref(column)?.as_bytes()?).into_owned())
}
