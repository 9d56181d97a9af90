use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};

use super::{KeyId, Keyring};

/// The place of a secret. A sealed value opens only in its own place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot<'a> {
    pub(crate) store: &'a [u8],
    pub(crate) collection: &'a str,
    pub(crate) id: &'a str,
    pub(crate) field: &'a str,
}

/// Why a secret cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The key is not in the key ring.
    #[error("it is sealed with key {key}, which is not in the key ring; add that key")]
    UnknownKey {
        /// The id of the key.
        key: String,
    },
    /// The value was changed, or belongs elsewhere.
    #[error("it was changed, or it belongs to another place; restore it from a backup")]
    Broken,
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// The version of the layout: `1:<key id>:<nonce><sealed>`.
const LAYOUT: &[u8] = b"1:";
const NONCE: usize = 24;

impl Keyring {
    /// Seals with the newest key.
    pub(crate) fn seal(&self, slot: Slot<'_>, secret: &SecretString) -> Result<Vec<u8>, SealError> {
        self.seal_with(self.newest.as_str(), slot, secret)
    }

    /// Seals with the key of this id.
    pub(crate) fn seal_with(
        &self,
        key: &str,
        slot: Slot<'_>,
        secret: &SecretString,
    ) -> Result<Vec<u8>, SealError> {
        let cipher = self.cipher(key)?;
        let nonce = XNonce::try_generate().map_err(|_| SealError::Random)?;
        let place = slot.bytes();
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &place };
        let sealed = cipher.encrypt(&nonce, payload).map_err(|_| SealError::Broken)?;
        Ok([LAYOUT, key.as_bytes(), b":", &nonce, &sealed].concat())
    }

    fn cipher(&self, key: &str) -> Result<&XChaCha20Poly1305, SealError> {
        let found = self.keys.get(&KeyId(key.to_owned()));
        found.ok_or_else(|| SealError::UnknownKey { key: key.to_owned() })
    }

    /// Whether a value is sealed with another key than the newest.
    pub(crate) fn is_outdated(&self, sealed: &[u8]) -> bool {
        key_of(sealed).is_ok_and(|(key, _)| key != self.newest.0)
    }

    /// The value sealed with the newest key.
    pub(crate) fn sealed_again(&self, slot: Slot<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.seal(slot, &self.open(slot, sealed)?)
    }

    pub(crate) fn open(&self, slot: Slot<'_>, sealed: &[u8]) -> Result<SecretString, SealError> {
        let (key, rest) = key_of(sealed)?;
        let cipher = self.cipher(key)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(SealError::Broken)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| SealError::Broken)?;
        let place = slot.bytes();
        let opened = cipher.decrypt(&nonce, Payload { msg: sealed, aad: &place });
        let opened = opened.map_err(|_| SealError::Broken)?;
        String::from_utf8(opened).map(SecretString::from).map_err(|_| SealError::Broken)
    }
}

/// The id of the key of a sealed value, and the rest.
pub(crate) fn key_of(sealed: &[u8]) -> Result<(&str, &[u8]), SealError> {
    let named = sealed.strip_prefix(LAYOUT).ok_or(SealError::Broken)?;
    let end = named.iter().position(|byte| *byte == b':').ok_or(SealError::Broken)?;
    let (key, rest) = named.split_at(end);
    let key = str::from_utf8(key).map_err(|_| SealError::Broken)?;
    Ok((key, rest.get(1..).unwrap_or_default()))
}

impl Slot<'_> {
    /// The parts with their lengths, so that no two places are equal.
    fn bytes(&self) -> Vec<u8> {
        let parts =
            [self.store, self.collection.as_bytes(), self.id.as_bytes(), self.field.as_bytes()];
        let with_length = |part: &[u8]| [&(part.len() as u64).to_be_bytes()[..], part].concat();
        parts.into_iter().flat_map(with_length).collect()
    }
}

#[cfg(test)]
mod tests;
