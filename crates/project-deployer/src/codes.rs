//! The stable codes of the errors, for programs.

use project_deployer_core::error_codes;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_code_of_its_own_in_kebab_case() {
        let codes = [BundleError::CODES].concat();
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len(), "{codes:?}");
        for code in codes {
            let words = || code.split('-');
            let word = |word: &str| {
                !word.is_empty()
                    && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            };
            assert!(words().all(word), "{code}");
        }
    }
}
