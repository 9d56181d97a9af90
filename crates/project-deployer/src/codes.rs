//! The stable codes of the errors, for programs.

use project_deployer_core::{error_codes, error_codes_test};

use crate::bundle_reader::BundleError;

error_codes!(BundleError {
    NotZip => "bundle-not-zip",
    Truncated => "bundle-truncated",
    HiddenData => "bundle-hidden-data",
    Contradiction => "bundle-contradiction",
    Unsupported => "bundle-unsupported",
    UnsafeName => "bundle-unsafe-name",
    NotAFile => "bundle-not-afile",
    CollidingNames => "bundle-colliding-names",
    Overlap => "bundle-overlap",
    Encrypted => "bundle-encrypted",
    OverLimit => "bundle-over-limit",
    Damaged => "bundle-damaged",
    NoManifest => "bundle-no-manifest",
    BesideFolder => "bundle-beside-folder",
    Document => "bundle-document",
    Io => "bundle-io",
});

error_codes_test!(
    BundleError,
    crate::estate::EstateError,
    #[cfg(feature = "sqlite")]
    crate::open::DeployerOpenError,
    #[cfg(feature = "sqlite")]
    crate::state_admin::StateError,
);
