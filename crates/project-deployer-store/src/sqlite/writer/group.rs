//! The transaction of a group of writes.

use std::cell::Cell;

use rusqlite::Connection;

use super::Write;
use crate::commit::CommitId;
use crate::error::StoreError;
use crate::sqlite::error::Kind;

/// Why a transaction failed.
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) cause: String,
    /// Whether it may have been written: its end was not confirmed.
    pub(super) is_unknown: bool,
}

/// An open transaction. The number of its last commit is written once for all of them.
pub(in crate::sqlite) struct Group<'a> {
    file: &'a Connection,
    /// The number of the last commit, if it was read, and whether it is newer than the one in the file.
    revision: Cell<Option<(i64, bool)>>,
}

impl<'a> Group<'a> {
    fn new(file: &'a Connection) -> Self {
        Self { file, revision: Cell::new(None) }
    }

    /// The connection, for a write that reads or changes the counters.
    pub(in crate::sqlite) fn file(&self) -> rusqlite::Result<&'a Connection> {
        self.flush()?;
        self.revision.set(None);
        Ok(self.file)
    }

    /// The connection, for a commit.
    pub(in crate::sqlite) fn file_of_commit(&self) -> &'a Connection {
        self.file
    }

    /// The number of the last commit.
    pub(in crate::sqlite) fn revision(&self) -> rusqlite::Result<i64> {
        if let Some((revision, _)) = self.revision.get() {
            return Ok(revision);
        }
        let read = "SELECT revision FROM store";
        let revision = self.file.prepare_cached(read)?.query_row([], |row| row.get(0))?;
        self.revision.set(Some((revision, false)));
        Ok(revision)
    }

    /// Notes the number of a commit that has written all that it writes.
    pub(in crate::sqlite) fn committed(&self, revision: i64) {
        self.revision.set(Some((revision, true)));
    }

    /// Writes the number of the last commit.
    fn flush(&self) -> rusqlite::Result<()> {
        if let Some((revision, true)) = self.revision.get() {
            self.file.prepare_cached("UPDATE store SET revision = ?1")?.execute([revision])?;
            self.revision.set(Some((revision, false)));
        }
        Ok(())
    }
}

/// Writes a group in one transaction, so that a refused write spoils no other.
///
/// A savepoint for each write costs more than the writes. A refused write has seldom written anything, so there are
/// none at first; if one has, the transaction is undone, and written again with savepoints.
pub(super) fn write_group(file: &Connection, group: &mut [Box<dyn Write>]) -> Result<(), Failure> {
    let done = in_transaction(file, || write_plainly(file, group))?;
    if !done {
        in_transaction(file, || write_with_savepoints(file, group).map(|()| true))?;
    }
    Ok(())
}

/// Runs work in a transaction, and ends it. Work that reports `false` is undone.
fn in_transaction(
    file: &Connection,
    work: impl FnOnce() -> Result<bool, Failure>,
) -> Result<bool, Failure> {
    run(file, "BEGIN IMMEDIATE")?;
    let written = match work() {
        Ok(true) => {
            let ended = run(file, "COMMIT").map(|()| true);
            ended.map_err(|failure| Failure { is_unknown: true, ..failure })
        }
        undone => undone,
    };
    if !file.is_autocommit() {
        let undone = run(file, "ROLLBACK");
        if written.is_ok() {
            undone?;
        }
    }
    written
}

/// Reports whether everything that was written may stay.
fn write_plainly(file: &Connection, writes: &mut [Box<dyn Write>]) -> Result<bool, Failure> {
    let group = Group::new(file);
    for write in writes {
        let before = file.total_changes();
        let may_stay = write.write(&group);
        // A full disk, for example, ends the transaction at once.
        if file.is_autocommit() || !may_stay && file.total_changes() != before {
            return Ok(false);
        }
    }
    group.flush().map_err(|error| Failure::before(&error)).map(|()| true)
}

fn write_with_savepoints(file: &Connection, writes: &mut [Box<dyn Write>]) -> Result<(), Failure> {
    for write in writes {
        run(file, "SAVEPOINT one")?;
        let group = Group::new(file);
        let may_stay = write.write(&group);
        if file.is_autocommit() {
            return Err(write.failure());
        }
        if may_stay {
            group.flush().map_err(|error| Failure::before(&error))?;
        } else {
            run(file, "ROLLBACK TO one")?;
        }
        run(file, "RELEASE one")?;
    }
    Ok(())
}

fn run(file: &Connection, statement: &str) -> Result<(), Failure> {
    let run = file.prepare_cached(statement).and_then(|mut statement| statement.execute([]));
    run.map(|_| ()).map_err(|error| Failure::before(&error))
}

impl Failure {
    /// A failure before the end: nothing was written.
    fn before(cause: &rusqlite::Error) -> Self {
        Self { kind: Kind::of(cause), cause: cause.to_string(), is_unknown: false }
    }

    pub(super) fn error(&self, action: &str, commit: Option<CommitId>) -> StoreError {
        match commit.filter(|_| self.is_unknown) {
            Some(commit) => StoreError::Unknown { commit, source: self.cause.clone().into() },
            None => self.kind.error(action, self.cause.clone().into()),
        }
    }
}
