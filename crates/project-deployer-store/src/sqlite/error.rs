use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::StoreError;
use crate::keyring::SealError;

/// Why a SQLite store cannot be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no file to open.
    #[error(
        "there is no store at {path}; name another file, or create one with `deployer state init`"
    )]
    Absent {
        /// The file.
        path: String,
    },
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
        source: Box<dyn std::error::Error + Send + Sync>,
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
}

/// An error of SQLite while the store did something.
pub(super) fn failed(action: &str, error: rusqlite::Error) -> StoreError {
    StoreError::unavailable(action, error)
}
