//! The stable codes of the errors, for programs.

use project_deployer_core::{error_codes, error_codes_test};

use crate::archive::ArchiveError;
use crate::error::StoreError;

error_codes!(ArchiveError = "archive-unavailable");

error_codes!(StoreError {
    Conflict => "store-conflict",
    Held => "lease-held",
    LeaseLost => "lease-lost",
    Unavailable => "store-unavailable",
});

error_codes_test!(ArchiveError, StoreError,);
