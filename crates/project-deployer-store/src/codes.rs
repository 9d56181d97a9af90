//! The stable codes of the errors, for programs.

use project_deployer_core::{error_codes, error_codes_test};

use crate::archive::ArchiveError;
use crate::error::StoreError;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
use crate::keyring::{KeyringError, SealError};
#[cfg(feature = "objects")]
use crate::objects::ArchiveLocationError;
#[cfg(feature = "postgres")]
use crate::postgres::PostgresOpenError;
#[cfg(feature = "sqlite")]
use crate::sqlite::OpenError;

error_codes!(ArchiveError {
    Unavailable => "archive-unavailable",
    Unreachable => "archive-unreachable",
    NoBucket => "archive-no-bucket",
    Denied => "archive-denied",
    WrongKeys => "archive-wrong-keys",
    Full => "archive-full",
    Interrupted => "archive-interrupted",
    Mismatch => "archive-mismatch",
    Damaged => "archive-damaged",
});

#[cfg(feature = "objects")]
error_codes!(ArchiveLocationError {
    Unknown => "archive-url-unknown",
    NoPath => "archive-url-no-path",
    NoBucket => "archive-url-no-bucket",
    Secrets => "archive-url-with-secrets",
    NotBuilt => "archive-url-not-built",
});

error_codes!(StoreError {
    Conflict => "store-conflict",
    Held => "lease-held",
    LeaseLost => "lease-lost",
    Compacted => "changes-compacted",
    Malformed => "commit-malformed",
    Unavailable => "store-unavailable",
    Damaged => "store-damaged",
    Full => "store-full",
    ReadOnly => "store-not-writable",
    Unknown => "commit-unknown",
});

#[cfg(feature = "sqlite")]
error_codes!(OpenError {
    Absent => "store-absent",
    NotADatabase => "store-not-a-database",
    OtherProgram => "store-of-another-program",
    NewerSchema => "store-schema-newer",
    ReadOnly => "store-read-only",
    NetworkFileSystem => "store-on-network-file-system",
    WrongKey => "store-key-wrong",
    OtherSealing => "store-sealing-other",
    Unavailable => "store-open-failed",
});

#[cfg(any(feature = "postgres", feature = "sqlite"))]
error_codes!(KeyringError {
    Empty => "keyring-empty",
    Malformed => "keyring-malformed",
    File => "key-file-unusable",
    Readable => "key-file-readable",
    Random => "keyring-no-random",
    Source => "key-source-malformed",
    Variable => "key-variable-unset",
    Command => "key-command-failed",
    Busy => "key-file-busy",
});

#[cfg(any(feature = "postgres", feature = "sqlite"))]
error_codes!(SealError {
    UnknownKey => "secret-key-unknown",
    Broken => "secret-broken",
    Random => "secret-no-random",
});

#[cfg(feature = "postgres")]
error_codes!(PostgresOpenError {
    Url => "postgres-url-malformed",
    Schema => "postgres-schema-name-malformed",
    Certificates => "postgres-certificates-unusable",
    Absent => "postgres-absent",
    Unreachable => "postgres-unreachable",
    Encryption => "postgres-encryption-failed",
    Refused => "postgres-login-refused",
    NoDatabase => "postgres-database-missing",
    TooManyConnections => "postgres-connections-exhausted",
    ReadOnly => "postgres-read-only",
    NotPermitted => "postgres-not-permitted",
    TooOld => "postgres-too-old",
    OtherProgram => "postgres-schema-of-another-program",
    NewerSchema => "postgres-schema-newer",
    WrongKey => "postgres-key-wrong",
    OtherSealing => "postgres-sealing-other",
    Unavailable => "postgres-open-failed",
});

error_codes_test!(
    ArchiveError,
    StoreError,
    #[cfg(feature = "objects")]
    ArchiveLocationError,
    #[cfg(feature = "postgres")]
    PostgresOpenError,
    #[cfg(feature = "sqlite")]
    OpenError,
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    KeyringError,
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    SealError,
);
