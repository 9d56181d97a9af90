use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// The key of a fleet's service: its id is the user, its secret the password (wire-facts 1.4).
#[derive(Clone)]
pub struct FleetCredentials {
    key_id: String,
    secret: SecretString,
}

/// Why two texts are no key. The errors never contain the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FleetCredentialsError {
    /// The id is blank, or has a colon or a control character.
    #[error("the key id is blank, or has a colon or a control character; paste the id of the key")]
    KeyId,
    /// The secret is blank or has a control character.
    #[error("the key secret is blank or has a control character; paste the secret of the key")]
    Secret,
}

impl FleetCredentials {
    /// Takes the id and the secret of a key.
    ///
    /// # Errors
    ///
    /// They are not valid in a request.
    pub fn new(
        key_id: impl Into<String>,
        secret: impl Into<String>,
    ) -> Result<Self, FleetCredentialsError> {
        let (key_id, secret) = (key_id.into(), secret.into());
        let invalid = |text: &str| text.trim().is_empty() || text.chars().any(char::is_control);
        // Basic credentials end the user at the first colon.
        if invalid(&key_id) || key_id.contains(':') {
            return Err(FleetCredentialsError::KeyId);
        }
        if invalid(&secret) {
            return Err(FleetCredentialsError::Secret);
        }
        Ok(Self { key_id, secret: SecretString::from(secret) })
    }

    /// The id of the key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The secret, for the request that needs it.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl fmt::Debug for FleetCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetCredentials").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
