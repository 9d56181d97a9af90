use rusqlite::{Connection, OptionalExtension as _, params};

use super::error::failed;
use super::leases;
use super::reads;
use crate::commit::{Commit, Expected, Write};
use crate::document::{DocumentKey, Revision};
use crate::error::StoreError;
use crate::sealing::Sealer;
use crate::stored;

/// Writes a commit, or refuses it. The caller undoes what a refused commit has written.
pub(super) fn commit(
    file: &Connection,
    sealer: &Sealer,
    commit: &Commit,
) -> Result<Revision, StoreError> {
    if let Some((revision, content)) = reads::written(file, commit.id)? {
        return commit.same_as(content.as_deref()).map(|()| revision);
    }
    if let Some(lease) = &commit.fence {
        leases::ours(file, lease)?;
    }
    for write in &commit.writes {
        expect(file, write.expectation())?;
    }
    write_all(file, sealer, commit).map_err(|error| match error {
        Failed::Sqlite(error) => failed("commit", error),
        Failed::Store(error) => error,
    })
}

/// Either kind of failure of a write.
enum Failed {
    Sqlite(rusqlite::Error),
    Store(StoreError),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn write_all(file: &Connection, sealer: &Sealer, commit: &Commit) -> Result<Revision, Failed> {
    let next = "UPDATE store SET revision = revision + 1 RETURNING revision";
    let revision: i64 = file.prepare_cached(next)?.query_row([], |row| row.get(0))?;
    let written = "INSERT INTO written (commit_id, revision, content) VALUES (?1, ?2, ?3)";
    let row = params![commit.id.to_bytes(), revision, commit.content().to_bytes()];
    file.prepare_cached(written)?.execute(row)?;
    for write in &commit.writes {
        match write {
            Write::Put { key, body, secrets, .. } => {
                put(file, key, revision, Some(&body.to_string()))?;
                forget_secrets(file, key)?;
                let insert =
                    "INSERT INTO secret (collection, id, field, value) VALUES (?1, ?2, ?3, ?4)";
                for (field, secret) in secrets {
                    let value = sealer.seal(key, field, secret)?;
                    let row = params![key.collection.name(), key.id, field, value];
                    file.prepare_cached(insert)?.execute(row)?;
                }
            }
            Write::Delete { key, .. } => {
                if revision_of(file, key)?.is_some() {
                    put(file, key, revision, None)?;
                    forget_secrets(file, key)?;
                }
            }
            Write::Check { .. } => {}
        }
    }
    for stream in &commit.removed_journals {
        file.prepare_cached("DELETE FROM journal WHERE stream = ?1")?.execute([&stream.0])?;
    }
    let append = "INSERT INTO journal (stream, sequence, body) VALUES (?1, 1 + \
                  coalesce((SELECT max(sequence) FROM journal WHERE stream = ?1), 0), ?2)";
    for (stream, body) in &commit.entries {
        file.prepare_cached(append)?.execute(params![stream.0, body.to_string()])?;
    }
    Ok(stored::revision(revision))
}

/// Writes a document, or the mark of its deletion.
fn put(
    file: &Connection,
    key: &DocumentKey,
    revision: i64,
    body: Option<&str>,
) -> rusqlite::Result<()> {
    let put = "INSERT INTO document (collection, id, revision, body) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (collection, id) DO UPDATE SET revision = ?3, body = ?4";
    let row = params![key.collection.name(), key.id, revision, body];
    file.prepare_cached(put)?.execute(row).map(|_| ())
}

fn forget_secrets(file: &Connection, key: &DocumentKey) -> rusqlite::Result<()> {
    let delete = "DELETE FROM secret WHERE collection = ?1 AND id = ?2";
    file.prepare_cached(delete)?.execute([key.collection.name(), &key.id]).map(|_| ())
}

fn expect(file: &Connection, (key, expected): (&DocumentKey, Expected)) -> Result<(), StoreError> {
    if expected == Expected::Any {
        return Ok(());
    }
    let found = revision_of(file, key).map_err(|error| failed("commit", error))?;
    let wanted = match expected {
        Expected::Revision(revision) => Some(revision),
        Expected::Absent | Expected::Any => None,
    };
    if found == wanted { Ok(()) } else { Err(StoreError::Conflict(key.clone())) }
}

/// The revision of a document that exists.
fn revision_of(file: &Connection, key: &DocumentKey) -> rusqlite::Result<Option<Revision>> {
    let read = "SELECT revision FROM document \
                WHERE collection = ?1 AND id = ?2 AND body IS NOT NULL";
    let mut read = file.prepare_cached(read)?;
    let found = read.query_row([key.collection.name(), &key.id], |row| row.get(0)).optional()?;
    Ok(found.map(stored::revision))
}

pub(super) fn compact(file: &Connection, until: Revision) -> Result<(), StoreError> {
    let statements = [
        "UPDATE store SET compacted = max(compacted, min(?1, revision))",
        "DELETE FROM document WHERE body IS NULL AND revision <= min(?1, (SELECT compacted FROM store))",
        "DELETE FROM written WHERE revision <= min(?1, (SELECT compacted FROM store))",
    ];
    for statement in statements {
        let done = file.execute(statement, [stored::number(until.0)]);
        done.map_err(|error| failed("compact", error))?;
    }
    Ok(())
}

/// A write that takes space and gives it back: it fails if the disk is full, or the file cannot be written.
pub(super) fn probe(file: &Connection) -> Result<(), StoreError> {
    // No journal has the empty name.
    let statements = [
        "INSERT INTO journal (stream, sequence, body) VALUES ('', 0, hex(zeroblob(8192)))",
        "DELETE FROM journal WHERE stream = ''",
    ];
    for statement in statements {
        let done = file.execute(statement, []);
        done.map_err(|error| failed("report its status", error))?;
    }
    Ok(())
}
