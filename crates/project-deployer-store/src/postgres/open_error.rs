use std::error::Error;
use std::io;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use super::error::{Cause, Failure, Kind};
use crate::keyring::SealError;

/// Why a PostgreSQL store cannot be opened. Nothing was changed. No error repeats a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresOpenError {
    /// The URL is malformed. It is not repeated, since it may hold a password.
    #[error("the PostgreSQL URL is malformed: {why}; write postgres://user@host/database")]
    Url {
        /// What is wrong.
        why: &'static str,
    },
    /// No schema can have this name.
    #[error("{schema:?} is no name of a schema; write 1 to 63 lower-case letters, digits or `_`")]
    Schema {
        /// The name.
        schema: String,
    },
    /// The certificate authorities cannot be read.
    #[error(
        "the certificate authorities of {place} cannot be read; write a file of PEM certificates"
    )]
    Certificates {
        /// The file, or `the system`.
        place: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// There is no store in the schema.
    #[error(
        "there is no store in schema {schema} of {server}; check the URL, or create it with `deployer state init`"
    )]
    Absent {
        /// The server.
        server: String,
        /// The schema.
        schema: String,
    },
    /// The server does not answer.
    #[error("PostgreSQL at {server} cannot be reached; check host, port and network")]
    Unreachable {
        /// The server.
        server: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is no encrypted connection.
    #[error(
        "PostgreSQL at {server} cannot be reached with TLS; name its authority in `sslrootcert`, or choose \
         another `sslmode`"
    )]
    Encryption {
        /// The server.
        server: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server refuses the user or the password.
    #[error("PostgreSQL at {server} refuses the login; check user, password and `pg_hba.conf`")]
    Refused {
        /// The server.
        server: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database does not exist.
    #[error("the database of {server} does not exist; create it, or name another")]
    NoDatabase {
        /// The server.
        server: String,
    },
    /// The server accepts no further connection.
    #[error(
        "PostgreSQL at {server} has too many connections; raise its limit, or use fewer in each process"
    )]
    TooManyConnections {
        /// The server.
        server: String,
    },
    /// The server only reads.
    #[error(
        "PostgreSQL at {server} only reads: it is a standby, or set so; name the primary server"
    )]
    ReadOnly {
        /// The server.
        server: String,
    },
    /// The user may not create or use the schema.
    #[error(
        "the user of {server} may not create or use schema {schema}; grant it, or name another"
    )]
    NotPermitted {
        /// The server.
        server: String,
        /// The schema.
        schema: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server is older than PostgreSQL 14.
    #[error("PostgreSQL at {server} has version {found}; version 14 or newer is needed")]
    TooOld {
        /// The server.
        server: String,
        /// Its version, such as `13.22`.
        found: String,
    },
    /// The schema has tables of another program.
    #[error("schema {schema} of {server} has tables of another program; name another schema")]
    OtherProgram {
        /// The server.
        server: String,
        /// The schema.
        schema: String,
    },
    /// A newer version of this program wrote it.
    #[error(
        "schema {schema} of {server} has version {found}, and this program knows versions up to {known}; use a \
         newer one"
    )]
    NewerSchema {
        /// The server.
        server: String,
        /// The schema.
        schema: String,
        /// The version of the tables.
        found: i32,
        /// The newest version that this program knows.
        known: i32,
    },
    /// The secrets of the store are sealed with another key.
    #[error("the secrets of {server} are sealed, and the key does not open them: {source}")]
    WrongKey {
        /// The server.
        server: String,
        /// Why.
        #[source]
        source: SealError,
    },
    /// The secrets of the store are sealed, and no key was given; or they are not, and a key was given.
    #[error("the secrets of {server} are {found}; open it that way")]
    OtherSealing {
        /// The server.
        server: String,
        /// How they are kept: `sealed` or `not sealed`.
        found: &'static str,
    },
    /// Anything else.
    #[error("PostgreSQL at {server} cannot be used; check its log")]
    Unavailable {
        /// The server.
        server: String,
        /// The cause.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What errors name: the server with its database, and the schema.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) server: String,
    pub(super) schema: String,
}

impl Place {
    /// There is no connection.
    pub(super) fn no_connection(&self, error: &PoolError) -> PostgresOpenError {
        match error {
            PoolError::Backend(error) => self.failed(error),
            other => {
                let server = self.server.clone();
                let source = Failure::of_pool(other).cause.into();
                PostgresOpenError::Unreachable { server, source }
            }
        }
    }

    pub(super) fn failed(&self, error: &tokio_postgres::Error) -> PostgresOpenError {
        let Failure { kind, cause } = Failure::of(error);
        let server = self.server.clone();
        if kind == Kind::ReadOnly {
            return PostgresOpenError::ReadOnly { server };
        }
        match error.code() {
            Some(code) => self.reported(code, cause),
            None if error.to_string().starts_with("error performing TLS handshake") => {
                PostgresOpenError::Encryption { server, source: cause.into() }
            }
            None if error.to_string().starts_with("authentication error") => {
                PostgresOpenError::Refused { server, source: cause.into() }
            }
            None if cause.to_string().ends_with("password missing") => {
                PostgresOpenError::Refused { server, source: cause.into() }
            }
            None => PostgresOpenError::Unreachable { server, source: cause.into() },
        }
    }

    fn reported(&self, code: &SqlState, cause: Cause) -> PostgresOpenError {
        let Self { server, schema } = self.clone();
        let source = cause.into();
        match code {
            code if *code == SqlState::INVALID_CATALOG_NAME => {
                PostgresOpenError::NoDatabase { server }
            }
            code if *code == SqlState::TOO_MANY_CONNECTIONS => {
                PostgresOpenError::TooManyConnections { server }
            }
            code if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                PostgresOpenError::NotPermitted { server, schema, source }
            }
            code if *code == SqlState::DUPLICATE_TABLE || *code == SqlState::DUPLICATE_FUNCTION => {
                PostgresOpenError::OtherProgram { server, schema }
            }
            code if code.code().starts_with("28") => PostgresOpenError::Refused { server, source },
            _ => PostgresOpenError::Unavailable { server, source },
        }
    }
}
