//! The stable codes of the errors, for programs.

use project_deployer_core::error_codes;

use crate::archive::ArchiveError;
use crate::error::StoreError;

error_codes!(ArchiveError = "archive-unavailable");

error_codes!(StoreError {
    Conflict => "store-conflict",
    Held => "lease-held",
    LeaseLost => "lease-lost",
    Unavailable => "store-unavailable",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_code_of_its_own_in_kebab_case() {
        let codes = [ArchiveError::CODES, StoreError::CODES].concat();
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
