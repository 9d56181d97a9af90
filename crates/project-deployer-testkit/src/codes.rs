//! The stable codes of the errors, for programs.

use crate::bundle::BundleError;
use crate::node::{LoginRefused, StartError};
use crate::seed::SeedFileError;
#[cfg(feature = "servers")]
use crate::servers::ServerError;
use crate::tls::TestTlsError;

/// Gives an error type `code()` and the list of all its codes, as the errors of the libraries have them. This
/// crate depends on none of those, so that it shares no mistake with them.
macro_rules! error_codes {
    ($error:ident { $($variant:ident => $code:literal),+ $(,)? }) => {
        impl $error {
            /// Every code of this type, in the order of its variants.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The stable code of this error, for programs: kebab-case, and kept when the text changes.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code),+
                }
            }
        }
    };
}

error_codes!(BundleError {
    Zip => "test-bundle-zip",
    Io => "test-bundle-io",
    Json => "test-bundle-json",
    Missing => "test-bundle-missing-file",
    TwoValues => "test-bundle-two-values",
    TooLarge => "test-bundle-too-large",
});

error_codes!(LoginRefused {
    Unknown => "login-unknown",
    Disabled => "login-disabled",
    NoAutoImport => "login-no-auto-import",
    NotInDirectory => "login-not-in-directory",
    NotAuthorized => "login-not-authorized",
    OfAnotherSource => "login-of-another-source",
    DirectoryFailed => "login-directory-failed",
});

error_codes!(SeedFileError {
    Unreadable => "seed-unreadable",
    NotJson => "seed-not-json",
    Wrong => "seed-invalid",
});

error_codes!(StartError {
    Listen => "start-listen",
    NotPlainHttp => "start-not-plain-http",
    Tls => "start-tls",
});

error_codes!(TestTlsError {
    Certificate => "test-tls-certificate",
    Pem => "test-tls-pem",
    Server => "test-tls-server",
});

#[cfg(feature = "servers")]
error_codes!(ServerError {
    NotInstalled => "server-not-installed",
    NoSandbox => "server-no-sandbox",
    NotReady => "server-not-ready",
    NotOffered => "server-option-not-offered",
    Machine => "server-files",
    Certificate => "server-certificate",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_code_of_its_own_in_kebab_case() {
        let codes = [
            BundleError::CODES,
            LoginRefused::CODES,
            SeedFileError::CODES,
            StartError::CODES,
            TestTlsError::CODES,
            #[cfg(feature = "servers")]
            ServerError::CODES,
        ]
        .concat();
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len(), "{codes:?}");
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        for code in codes {
            let is_word = |word: &str| !word.is_empty() && word.bytes().all(plain);
            assert!(code.split('-').all(is_word), "{code}");
        }
    }
}
