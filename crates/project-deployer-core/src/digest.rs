//! The digest that identifies the bytes of a bundle.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The SHA-256 of a bundle's archive, as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BundleDigest(String);

/// A text that is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a bundle digest is 64 hexadecimal digits (SHA-256), not {length} characters of another kind"
)]
pub struct BundleDigestError {
    length: usize,
}

impl BundleDigest {
    /// Reads 64 hexadecimal digits in either case.
    ///
    /// # Errors
    ///
    /// The text has another length or another character.
    pub fn parse(text: &str) -> Result<Self, BundleDigestError> {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(BundleDigestError { length: text.chars().count() })
        }
    }

    /// Takes the 32 bytes of a SHA-256.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        use fmt::Write as _;
        Self(bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BundleDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for BundleDigest {
    type Error = BundleDigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<BundleDigest> for String {
    fn from(digest: BundleDigest) -> Self {
        digest.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_text_agree() {
        let digest = BundleDigest::from_bytes([0xAB; 32]);
        assert_eq!(BundleDigest::parse(&"AB".repeat(32)), Ok(digest));
        assert!(BundleDigest::parse("ab").is_err());
    }
}
