//! The stable codes of the errors, for programs.

use crate::digest::BundleDigestError;
use crate::identifier::{IdentifierError, IdentifierFault};
use crate::node_address::NodeAddressError;
use crate::problem::Problems;
use crate::rights::Refusal;
use crate::secret::ApiKeySecretError;
use crate::stage::StageError;

/// Gives an error type `code()` and the list of all its codes. The crates of this family use it; it is no
/// part of the contract.
#[doc(hidden)]
#[macro_export]
macro_rules! error_codes {
    ($error:ident { $($(#[$when:meta])* $variant:ident => $code:literal),+ $(,)? }) => {
        impl $error {
            /// Every code of this type, in the order of its variants.
            pub const CODES: &'static [&'static str] = &[$($(#[$when])* $code),+];

            /// The stable code of this error, for programs: kebab-case, and kept when the text changes.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self {
                    $($(#[$when])* Self::$variant { .. } => $code),+
                }
            }
        }
    };
    ($error:ident = $code:literal) => {
        impl $error {
            /// Every code of this type.
            pub const CODES: &'static [&'static str] = &[$code];

            /// The stable code of this error, for programs: kebab-case, and kept when the text changes.
            #[must_use]
            pub fn code(&self) -> &'static str {
                $code
            }
        }
    };
}

error_codes!(BundleDigestError = "digest-malformed");

error_codes!(IdentifierFault {
    Empty => "identifier-empty",
    TooLong => "identifier-too-long",
    Character => "identifier-character",
    OuterBlank => "identifier-outer-blank",
    Reserved => "identifier-reserved",
});

impl IdentifierError {
    /// The stable code of this error, for programs: kebab-case, and kept when the text changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.fault().code()
    }
}

error_codes!(NodeAddressError {
    Empty => "address-empty",
    TooLong => "address-too-long",
    Character => "address-character",
    NoProtocol => "address-no-protocol",
    Protocol => "address-protocol",
    UserInformation => "address-user-information",
    QueryOrFragment => "address-query-or-fragment",
    UnicodeHost => "address-unicode-host",
    Port => "address-port",
    Host => "address-host",
});

error_codes!(Problems = "document-invalid");

error_codes!(Refusal = "right-missing");

error_codes!(ApiKeySecretError {
    Blank => "api-key-blank",
    ControlCharacter => "api-key-control-character",
    Placeholder => "api-key-placeholder",
});

error_codes!(StageError {
    Exists => "stage-exists",
    Unknown => "stage-unknown",
    InUse => "stage-in-use",
    Last => "stage-last",
    NotAPermutation => "stage-not-apermutation",
});

/// A test that the codes of a crate's errors are distinct and spelled alike. The crates of this family use it;
/// it is no part of the contract.
#[doc(hidden)]
#[macro_export]
macro_rules! error_codes_test {
    ($($(#[$when:meta])* $error:ty),+ $(,)?) => {
        #[cfg(test)]
        #[test]
        fn every_error_has_a_code_of_its_own_in_kebab_case() {
            let codes = [$($(#[$when])* <$error>::CODES),+].concat();
            let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
            assert_eq!(distinct.len(), codes.len(), "{codes:?}");
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            for code in codes {
                let is_word = |word: &str| !word.is_empty() && word.bytes().all(plain);
                assert!(code.split('-').all(is_word), "{code}");
            }
        }
    };
}

error_codes_test!(
    BundleDigestError,
    IdentifierFault,
    NodeAddressError,
    Problems,
    Refusal,
    ApiKeySecretError,
    StageError,
);
