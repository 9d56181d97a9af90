//! Secrets of the model. They are read from documents, passed to the code that uses them, and appear
//! nowhere else.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::problem::Refusal;

/// The secret of an API key of a node. Its `Debug` says only that there is one.
#[derive(Clone)]
pub struct ApiKeySecret(SecretString);

/// Why a text cannot be the secret of an API key. The error never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.what_is_wrong(), self.what_to_write())]
#[non_exhaustive]
pub enum ApiKeySecretError {
    /// The text is empty or blank.
    Blank,
    /// A control character, which is invalid in keys and in headers.
    ControlCharacter,
    /// The placeholder of a withheld key.
    Placeholder,
}

impl ApiKeySecretError {
    fn what_is_wrong(self) -> &'static str {
        match self {
            Self::Blank => "the API key is empty or blank",
            Self::ControlCharacter => "the API key has a control character",
            Self::Placeholder => "the API key is the placeholder for a withheld key",
        }
    }

    fn what_to_write(self) -> &'static str {
        match self {
            Self::Blank => "paste the secret of an admin global API key of the node",
            Self::ControlCharacter => "paste it again without line breaks",
            Self::Placeholder => "write the key itself or leave the field out",
        }
    }
}

impl Refusal for ApiKeySecretError {
    fn what(&self) -> String {
        self.what_is_wrong().to_owned()
    }

    fn hint(&self) -> String {
        self.what_to_write().to_owned()
    }
}

impl ApiKeySecret {
    /// What a document has in place of a key that the reader may not see.
    ///
    /// Whether the product masks keys is unknown (wire-facts 8.2, item 7).
    pub const PLACEHOLDER: &'static str = "********";

    /// The field of a document with the key of a node.
    pub(crate) const FIELD: &'static str = "adminApiKey";

    /// Checks and takes the secret of an API key.
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

    /// The secret in the type that stores take.
    #[must_use]
    pub fn to_secret_string(&self) -> SecretString {
        self.0.clone()
    }
}

impl std::str::FromStr for ApiKeySecret {
    type Err = ApiKeySecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
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
