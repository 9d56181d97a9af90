use std::error::Error;
use std::io;
use std::path::Path;

use rusqlite::{ErrorCode, ffi};

use crate::error::StoreError;
use crate::keyring::SealError;

/// Why a SQLite store cannot be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file is no SQLite database.
    #[error("{path} is no SQLite database; name another file, or restore a backup")]
    NotADatabase {
        /// The file.
        path: String,
    },
    /// The database belongs to another program.
    #[error("{path} is the database of another program; name another file")]
    OtherProgram {
        /// The file.
        path: String,
    },
    /// A newer version of this program wrote it.
    #[error(
        "{path} has schema {found}, and this program knows schemas up to {known}; use a newer one"
    )]
    NewerSchema {
        /// The file.
        path: String,
        /// The schema of the file.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// The file or its directory cannot be written.
    #[error("{path} or its directory cannot be written; check permissions and the file system")]
    ReadOnly {
        /// The file.
        path: String,
    },
    /// The file is on a network file system, where locks of SQLite do not hold.
    #[error("{path} is on a network file system, where SQLite loses data; use a local disk")]
    NetworkFileSystem {
        /// The file.
        path: String,
    },
    /// The secrets of the store are sealed with another key.
    #[error("the secrets of {path} are sealed, and the key does not open them: {source}")]
    WrongKey {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: SealError,
    },
    /// The secrets of the store are sealed, and no key was given; or they are not, and a key was given.
    #[error("the secrets of {path} are {found}; open it that way")]
    OtherSealing {
        /// The file.
        path: String,
        /// How they are kept: `sealed` or `not sealed`.
        found: &'static str,
    },
    /// Anything else.
    #[error("{path} cannot be opened; check the file and its directory")]
    Unavailable {
        /// The file.
        path: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl OpenError {
    /// The file cannot be created or read.
    pub(super) fn unusable(path: &Path, source: io::Error) -> Self {
        let path = path.display().to_string();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path }
            }
            _ => Self::Unavailable { path, source: source.into() },
        }
    }

    pub(super) fn of(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.display().to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            _ => Self::Unavailable { path, source: error.into() },
        }
    }

    /// The same for a store that was open already.
    pub(super) fn during(self, action: &str) -> StoreError {
        let kind = match self {
            Self::NotADatabase { .. } | Self::OtherProgram { .. } | Self::NewerSchema { .. } => {
                Kind::Damaged
            }
            Self::ReadOnly { .. } => Kind::ReadOnly,
            _ => Kind::Unavailable,
        };
        kind.error(action, self.into())
    }
}

/// An error of SQLite while the store did something.
pub(super) fn failed(action: &str, error: rusqlite::Error) -> StoreError {
    Kind::of(&error).error(action, error.into())
}

/// What an error of SQLite means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unavailable,
    Damaged,
    Full,
    ReadOnly,
}

impl Kind {
    pub(super) fn of(error: &rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, _)
            | rusqlite::Error::SqlInputError { error: failure, .. } => Self::of_failure(*failure),
            // The types of all columns are declared, and the one row of `store` is always there.
            rusqlite::Error::QueryReturnedNoRows
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => Self::Damaged,
            _ => Self::Unavailable,
        }
    }

    fn of_failure(failure: ffi::Error) -> Self {
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::ReadOnly => Self::ReadOnly,
            // The statements fit the schema, so a failure of one of them means that the schema was changed.
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch => Self::Damaged,
            ErrorCode::Unknown if failure.extended_code & 0xff == ffi::SQLITE_ERROR => {
                Self::Damaged
            }
            ErrorCode::SystemIoFailure if DAMAGE.contains(&failure.extended_code) => Self::Damaged,
            _ => Self::Unavailable,
        }
    }

    pub(super) fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::Damaged { .. } => Self::Damaged,
            StoreError::Full { .. } => Self::Full,
            StoreError::ReadOnly { .. } => Self::ReadOnly,
            _ => Self::Unavailable,
        }
    }

    pub(super) fn error(self, action: &str, source: Box<dyn Error + Send + Sync>) -> StoreError {
        let action = action.to_owned();
        match self {
            Self::Unavailable => StoreError::Unavailable { action, source },
            Self::Damaged => StoreError::Damaged { action, source },
            Self::Full => StoreError::Full { action, source },
            Self::ReadOnly => StoreError::ReadOnly { action, source },
        }
    }
}

/// Failures of the file system that no second attempt repairs.
const DAMAGE: [i32; 2] = [ffi::SQLITE_IOERR_DATA, ffi::SQLITE_IOERR_CORRUPTFS];
