use std::fmt;
use std::fmt::Write as _;

use project_deployer_client::DeployerError;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What keys begin with, so that a program which looks for lost secrets finds them.
const PREFIX: &str = "pdk";

const ID_BYTES: usize = 8;
const SECRET_BYTES: usize = 32;

/// The text of an API key: prefix, id and secret. It has no character that needs encoding in a header.
pub(crate) struct KeyText {
    id: String,
    secret: SecretString,
}

impl KeyText {
    /// A new key.
    ///
    /// # Errors
    ///
    /// The system gives no random numbers.
    pub(crate) fn random() -> Result<Self, DeployerError> {
        Ok(Self {
            id: random_digits::<ID_BYTES>()?,
            secret: random_digits::<SECRET_BYTES>()?.into(),
        })
    }

    /// Reads a key; none if the text cannot be one of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.strip_prefix('_')?.split_once('_')?;
        let is_id = is_digits(id, ID_BYTES) && is_digits(secret, SECRET_BYTES);
        is_id.then(|| Self { id: id.to_owned(), secret: secret.into() })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What is kept of the secret.
    pub(crate) fn digest(&self) -> String {
        digits(&Sha256::digest(self.secret.expose_secret()))
    }

    /// Whether this is the key of a digest, in the same time whatever the digest is.
    pub(crate) fn matches(&self, digest: &str) -> bool {
        self.digest().as_bytes().ct_eq(digest.as_bytes()).into()
    }

    /// The whole text, which is shown once.
    pub(crate) fn text(&self) -> SecretString {
        format!("{PREFIX}_{}_{}", self.id, self.secret.expose_secret()).into()
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyText").field("id", &self.id).finish_non_exhaustive()
    }
}

pub(crate) fn random_digits<const N: usize>() -> Result<String, DeployerError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        DeployerError::not_possible(
            format!("the system gives no random numbers: {error}"),
            "check the random number generator of the system",
        )
    })?;
    Ok(digits(&bytes))
}

/// Bytes as hexadecimal digits.
pub(crate) fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // A `String` takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_digits(text: &str, bytes: usize) -> bool {
    text.len() == bytes * 2
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written_and_matches_only_its_own_digest() {
        let (key, other) = (KeyText::random().unwrap(), KeyText::random().unwrap());
        let read = KeyText::parse(key.text().expose_secret()).unwrap();
        assert_eq!(read.id(), key.id());
        assert!(read.matches(&key.digest()));
        assert!(!read.matches(&other.digest()) && !read.matches(""));
    }

    #[test]
    fn other_texts_are_no_keys() {
        let key = KeyText::random().unwrap().text().expose_secret().to_owned();
        let upper = key.to_uppercase();
        let long = format!("{key}0");
        let moved = key.replacen('_', "", 2);
        for text in ["", "pdk", "pdk__", "pdk_a_b", "é", &upper, &long, &moved, &key[1..]] {
            assert!(KeyText::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        // R13
        let key = KeyText::random().unwrap();
        assert!(!format!("{key:?}").contains(key.secret.expose_secret()));
    }
}
