//! The stable codes of the errors, for programs.

use project_deployer_core::{error_codes, error_codes_test};

use crate::archive::ArchiveError;
use crate::error::StoreError;
#[cfg(feature = "sqlite")]
use crate::keyring::{KeyringError, SealError};
#[cfg(feature = "objects")]
use crate::objects::ArchiveLocationError;
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

#[cfg(feature = "sqlite")]
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

#[cfg(feature = "sqlite")]
error_codes!(SealError {
    UnknownKey => "secret-key-unknown",
    Broken => "secret-broken",
    Random => "secret-no-random",
});

error_codes_test!(
    ArchiveError,
    StoreError,
    #[cfg(feature = "objects")]
    ArchiveLocationError,
    #[cfg(feature = "sqlite")]
    OpenError,
    #[cfg(feature = "sqlite")]
    KeyringError,
    #[cfg(feature = "sqlite")]
    SealError,
);
