//! The stable codes of the errors, for programs.

use project_deployer_core::{error_codes, error_codes_test};

use crate::archive::ArchiveError;
use crate::error::StoreError;

error_codes!(ArchiveError {
    Unavailable => "archive-unavailable",
    Full => "archive-full",
    Interrupted => "archive-interrupted",
    Mismatch => "archive-mismatch",
});

error_codes!(StoreError {
    Conflict => "store-conflict",
    Held => "lease-held",
    LeaseLost => "lease-lost",
    Compacted => "changes-compacted",
    Malformed => "commit-malformed",
    Unavailable => "store-unavailable",
    Unknown => "commit-unknown",
});

error_codes_test!(ArchiveError, StoreError,);
