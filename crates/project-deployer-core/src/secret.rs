//! Secrets of the model: they are read from documents and handed to whoever has to use them, and
//! appear nowhere else.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// The secret of an API key of a node. Its `Debug` says only that there is one.
#[derive(Clone)]
pub struct ApiKeySecret(SecretString);

/// Why a text cannot be the secret of an API key. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeySecretError {
    /// Nothing, or only blanks.
    #[error(
        "the API key is empty or blank; paste the secret of an admin global API key of the node"
    )]
    Blank,
    /// A control character, which no key has and no header can carry.
    #[error("the API key has a control character; paste it again without line ends")]
    ControlCharacter,
    /// The placeholder that stands for a key that was withheld.
    #[error(
        "the API key is the placeholder for a withheld key; write the key itself or leave the field out"
    )]
    Placeholder,
}

impl ApiKeySecret {
    /// What stands in a document for a key that the reader may not see.
    ///
    /// Whether the product masks keys is unknown (`wire-facts.md` 8.2, item 7).
    pub const PLACEHOLDER: &'static str = "********";

    /// Takes the secret of an API key.
    ///
    /// # Errors
    ///
    /// The text is blank, has a control character, or is [`Self::PLACEHOLDER`].
    pub fn new(text: impl Into<String>) -> Result<Self, ApiKeySecretError> {
        let text: String = text.into();
        if text.trim().is_empty() {
            return Err(ApiKeySecretError::Blank);
        }
        if text.chars().any(char::is_control) {
            return Err(ApiKeySecretError::ControlCharacter);
        }
        if text == Self::PLACEHOLDER {
            return Err(ApiKeySecretError::Placeholder);
        }
        Ok(Self(SecretString::from(text)))
    }

    /// The secret, for the request or the sealed slot that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The secret as the type that stores take.
    #[must_use]
    pub fn to_secret_string(&self) -> SecretString {
        self.0.clone()
    }
}

impl PartialEq for ApiKeySecret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for ApiKeySecret {}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeySecret(withheld)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_key() {
        // R13
        let key = ApiKeySecret::new("canary-4711").unwrap();
        assert!(!format!("{key:?} {:?}", Some(&key)).contains("4711"));
    }

    #[test]
    fn blank_keys_and_placeholders_are_refused_without_repeating_them() {
        assert_eq!(ApiKeySecret::new("  "), Err(ApiKeySecretError::Blank));
        assert_eq!(ApiKeySecret::new("a\nb"), Err(ApiKeySecretError::ControlCharacter));
        assert_eq!(ApiKeySecret::new("********"), Err(ApiKeySecretError::Placeholder));
        assert!(!ApiKeySecret::new("canary\n").unwrap_err().to_string().contains("canary"));
    }
}
