use rusqlite::{Connection, OptionalExtension as _, params};

use super::checksum;
use super::error::failed;
use super::leases;
use super::prepared::Prepared;
use super::reads;
use super::writer::Group;
use crate::commit::{Expected, Write};
use crate::document::{DocumentKey, Revision, Secrets};
use crate::error::StoreError;
use crate::sealing::Sealer;
use crate::stored;

/// Writes a commit, or refuses it. The caller undoes what a refused commit has written.
pub(super) fn commit(
    group: &Group<'_>,
    sealer: &Sealer,
    prepared: &Prepared,
) -> Result<Revision, StoreError> {
    let (file, commit) = (group.file_of_commit(), &prepared.commit);
    if let Some((revision, content)) = reads::written(file, commit.id)? {
        return prepared.same_as(content.as_deref()).map(|()| revision);
    }
    if let Some(lease) = &commit.fence {
        leases::ours(file, lease)?;
    }
    for write in &commit.writes {
        expect(file, write.expectation())?;
    }
    write_all(group, sealer, prepared).map_err(|error| match error {
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

fn write_all(group: &Group<'_>, sealer: &Sealer, prepared: &Prepared) -> Result<Revision, Failed> {
    let (file, commit) = (group.file_of_commit(), &prepared.commit);
    let revision = group.revision()? + 1;
    let written = "INSERT INTO written (commit_id, revision, digest) VALUES (?1, ?2, ?3)";
    let row = params![commit.id.to_bytes(), revision, prepared.content];
    file.prepare_cached(written)?.execute(row)?;
    for (write, text) in commit.writes.iter().zip(&prepared.texts.bodies) {
        match write {
            Write::Put { key, secrets, .. } => {
                put(file, key, revision, text.as_deref())?;
                forget_secrets(file, key)?;
                put_secrets(file, sealer, key, secrets)?;
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
    let append = "INSERT INTO journal (stream, sequence, body, checksum) VALUES (?1, 1 + \
                  coalesce((SELECT max(sequence) FROM journal WHERE stream = ?1), 0), ?2, ?3)";
    let entries = commit.entries.iter().zip(&prepared.texts.entries).zip(&prepared.checksums);
    for (((stream, _), text), checksum) in entries {
        file.prepare_cached(append)?.execute(params![stream.0, text, checksum])?;
    }
    group.committed(revision);
    Ok(stored::revision(revision))
}

/// Writes a document, or the mark of its deletion.
fn put(
    file: &Connection,
    key: &DocumentKey,
    revision: i64,
    body: Option<&str>,
) -> rusqlite::Result<()> {
    let put = "INSERT INTO document (collection, id, revision, body, checksum) \
               VALUES (?1, ?2, ?3, ?4, ?5) \
               ON CONFLICT (collection, id) DO UPDATE SET revision = ?3, body = ?4, checksum = ?5";
    let (kind, id) = (key.collection.name(), &key.id);
    let checksum = body.map(|body| checksum::of_document(kind, id, revision, body.as_bytes()));
    file.prepare_cached(put)?.execute(params![kind, id, revision, body, checksum]).map(|_| ())
}

/// Seals the secrets of a document with the current key of the store, as the transaction sees it.
fn put_secrets(
    file: &Connection,
    sealer: &Sealer,
    key: &DocumentKey,
    secrets: &Secrets,
) -> Result<(), Failed> {
    if secrets.is_empty() {
        return Ok(());
    }
    let check = "SELECT key_check FROM store";
    let check: Option<Vec<u8>> = file.prepare_cached(check)?.query_row([], |row| row.get(0))?;
    let insert = "INSERT INTO secret (collection, id, field, value) VALUES (?1, ?2, ?3, ?4)";
    for (field, secret) in secrets {
        let value = sealer.seal(check.as_deref(), key, field, secret)?;
        file.prepare_cached(insert)?.execute(params![
            key.collection.name(),
            key.id,
            field,
            value
        ])?;
    }
    Ok(())
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
