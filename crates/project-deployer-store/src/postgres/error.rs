use std::error::Error as _;
use std::fmt;
use std::io;

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::commit::CommitId;
use crate::error::StoreError;

/// What the trigger of schema 2 reports.
const OTHER_KEY: &str = "PDKEY";

/// What an error of PostgreSQL means for the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Another transaction was in the way. Nothing was written, and the same statement may succeed at once.
    Again,
    /// The connection ended before the answer, so the statement was carried out or not.
    Lost,
    /// There was no answer in time, so the statement was carried out or not, or still is.
    Late,
    /// There is no connection. Nothing was sent.
    Away,
    /// The server only reads: it is a standby, or set so.
    ReadOnly,
    /// A secret is sealed with another key than the one of the store. Nothing was written.
    OtherKey,
    /// There is no space left.
    Full,
    /// What is stored is damaged, or the schema was changed.
    Damaged,
    /// The server has refused. Nothing was written.
    Refused,
}

/// An error of PostgreSQL without anything that may be secret: the details of an error show rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) cause: Cause,
}

/// What the server or the connection said, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause(String);

impl Kind {
    /// Whether one commit of a group may be the reason.
    pub(super) fn may_be_of_one(self) -> bool {
        matches!(self, Self::Refused | Self::Full | Self::Damaged)
    }
}

impl Failure {
    pub(super) fn of(error: &Error) -> Self {
        let kind = match error.as_db_error() {
            Some(error) => kind_of(error),
            None if is_read_only(error) => Kind::ReadOnly,
            None if is_unsent(error) => Kind::Refused,
            None => Kind::Lost,
        };
        Self { kind, cause: Cause::of(error) }
    }

    /// A connection that could not be had: nothing was sent.
    pub(super) fn of_pool(error: &PoolError) -> Self {
        let away = |why: &str| Self { kind: Kind::Away, cause: Cause(why.to_owned()) };
        match error {
            PoolError::Backend(error) => match Self::of(error) {
                read_only @ Self { kind: Kind::ReadOnly, .. } => read_only,
                Self { cause, .. } => Self { kind: Kind::Away, cause },
            },
            PoolError::Timeout(TimeoutType::Wait) => {
                away("all connections of the pool are in use; allow more, or ask less at a time")
            }
            PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => {
                away("the server did not accept a connection in time")
            }
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                away("the pool is closed")
            }
        }
    }

    /// The server did not answer in time.
    pub(super) fn late() -> Self {
        Self { kind: Kind::Late, cause: Cause("the server did not answer in time".to_owned()) }
    }

    /// The error of a commit.
    pub(super) fn of_commit(self, commit: CommitId) -> StoreError {
        match self.kind {
            Kind::Lost | Kind::Late => StoreError::Unknown { commit, source: self.cause.into() },
            _ => self.error("commit"),
        }
    }

    /// The error of an operation that has written nothing, or may be repeated.
    pub(super) fn error(self, action: &str) -> StoreError {
        let (action, source) = (action.to_owned(), self.cause.into());
        match self.kind {
            Kind::ReadOnly => StoreError::ReadOnly { action, source },
            Kind::Full => StoreError::Full { action, source },
            Kind::Damaged => StoreError::Damaged { action, source },
            Kind::Again | Kind::Lost | Kind::Late | Kind::Away | Kind::OtherKey | Kind::Refused => {
                StoreError::Unavailable { action, source }
            }
        }
    }
}

/// An error that the server has reported.
fn kind_of(error: &DbError) -> Kind {
    let code = error.code();
    // Anything worse than an error ends the session, also while it ends a transaction.
    if error.parsed_severity().unwrap_or(Severity::Error) != Severity::Error {
        return Kind::Lost;
    }
    match code {
        code if *code == SqlState::T_R_SERIALIZATION_FAILURE => Kind::Again,
        code if *code == SqlState::T_R_DEADLOCK_DETECTED => Kind::Again,
        code if *code == SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN => Kind::Lost,
        code if *code == SqlState::READ_ONLY_SQL_TRANSACTION => Kind::ReadOnly,
        code if *code == SqlState::DISK_FULL => Kind::Full,
        code if code.code() == OTHER_KEY => Kind::OtherKey,
        // A pooler reports its lost server in class 08. The statements fit the schema, so a failure of classes 22,
        // 23 or 42 means that it was changed.
        code => match code.code().get(..2) {
            Some("08") => Kind::Lost,
            Some("22" | "23" | "42" | "XX") if *code != SqlState::INSUFFICIENT_PRIVILEGE => {
                Kind::Damaged
            }
            _ => Kind::Refused,
        },
    }
}

/// Connections are made to servers that write only.
fn is_read_only(error: &Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|source| {
        source.kind() == io::ErrorKind::PermissionDenied
            && source.to_string().contains("does not allow writes")
    })
}

/// A statement that is larger than the protocol allows.
fn is_unsent(error: &Error) -> bool {
    let text = error.to_string();
    ["error encoding message", "error serializing parameter"]
        .iter()
        .any(|start| text.starts_with(start))
}

impl Cause {
    pub(super) fn of(error: &Error) -> Self {
        let Some(reported) = error.as_db_error() else {
            let mut text = error.to_string();
            let mut source = error.source();
            while let Some(inner) = source {
                let more = inner.to_string();
                if !text.ends_with(&more) {
                    text = format!("{text}: {more}");
                }
                source = inner.source();
            }
            return Self(text);
        };
        Self(format!("{} (SQLSTATE {})", reported.message(), reported.code().code()))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Cause {}
