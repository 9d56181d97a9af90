//! How a store seals and opens the secrets of documents.

use secrecy::{ExposeSecret as _, SecretString};

use crate::document::DocumentKey;
use crate::error::StoreError;
use crate::keyring::{Keyring, SealError, Slot};

/// How the secrets of documents are kept on disk.
#[derive(Debug, Clone)]
pub enum SecretsAtRest {
    /// Sealed with the newest key of a ring.
    Sealed(Keyring),
    /// As they are: whoever reads the store has the admin keys of all nodes. For tests.
    Plain,
}

/// Seals and opens the secrets of one store.
#[derive(Debug)]
pub(crate) struct Sealer {
    store: Vec<u8>,
    secrets: SecretsAtRest,
}

/// Why a store cannot be opened with these secrets.
#[derive(Debug)]
pub(crate) enum SealingFault {
    /// The key ring does not open the store, or cannot seal.
    Key(SealError),
    /// The secrets of the store are kept the other way: `sealed` or `not sealed`.
    Other(&'static str),
}

impl From<SealError> for SealingFault {
    fn from(error: SealError) -> Self {
        Self::Key(error)
    }
}

/// The place of a value that shows, when a store is opened, whether the key is the right one.
const CHECKED: (&str, &str, &str) = ("store", "key", "check");

impl Sealer {
    /// The sealer of the store of this id, and a value that the store has to keep from now on. `check` is the
    /// value that it has kept so far, and `is_new` says whether it is still empty.
    pub(crate) fn of(
        store: Vec<u8>,
        is_new: bool,
        check: Option<&[u8]>,
        secrets: SecretsAtRest,
    ) -> Result<(Self, Option<Vec<u8>>), SealingFault> {
        let sealer = Self { store, secrets };
        let kept = match (&sealer.secrets, check) {
            (SecretsAtRest::Plain, None) => None,
            (SecretsAtRest::Plain, Some(_)) => return Err(SealingFault::Other("sealed")),
            (SecretsAtRest::Sealed(keys), Some(check)) => {
                keys.open(sealer.slot(CHECKED), check)?;
                sealer.sealed_again(CHECKED, check)?
            }
            (SecretsAtRest::Sealed(_), None) if !is_new => {
                return Err(SealingFault::Other("not sealed"));
            }
            (SecretsAtRest::Sealed(keys), None) => {
                Some(keys.seal(sealer.slot(CHECKED), &SecretString::from("key check"))?)
            }
        };
        Ok((sealer, kept))
    }

    /// Whether values may be sealed with another key than the newest.
    pub(crate) fn seals(&self) -> bool {
        matches!(self.secrets, SecretsAtRest::Sealed(_))
    }

    /// The value of a place, sealed with the newest key; none if it is so already.
    pub(crate) fn sealed_again(
        &self,
        place: (&str, &str, &str),
        value: &[u8],
    ) -> Result<Option<Vec<u8>>, SealError> {
        match &self.secrets {
            SecretsAtRest::Sealed(keys) if keys.is_outdated(value) => {
                keys.sealed_again(self.slot(place), value).map(Some)
            }
            SecretsAtRest::Sealed(_) | SecretsAtRest::Plain => Ok(None),
        }
    }

    pub(crate) fn seal(
        &self,
        key: &DocumentKey,
        field: &str,
        secret: &SecretString,
    ) -> Result<Vec<u8>, StoreError> {
        match &self.secrets {
            SecretsAtRest::Sealed(keys) => {
                let slot = self.slot((key.collection.name(), &key.id, field));
                let sealed = keys.seal(slot, secret);
                sealed.map_err(|e| StoreError::unavailable(format!("seal {field} of {key}"), e))
            }
            SecretsAtRest::Plain => Ok(secret.expose_secret().as_bytes().to_vec()),
        }
    }

    pub(crate) fn open(
        &self,
        key: &DocumentKey,
        field: &str,
        value: &[u8],
    ) -> Result<SecretString, StoreError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            StoreError::damaged(format!("open {field} of {key}"), error)
        };
        match &self.secrets {
            SecretsAtRest::Sealed(keys) => {
                let slot = self.slot((key.collection.name(), &key.id, field));
                keys.open(slot, value).map_err(|error| failed(error.into()))
            }
            SecretsAtRest::Plain => match str::from_utf8(value) {
                Ok(text) => Ok(SecretString::from(text)),
                Err(_) => Err(failed("it is no text".into())),
            },
        }
    }

    fn slot<'a>(&'a self, (collection, id, field): (&'a str, &'a str, &'a str)) -> Slot<'a> {
        Slot { store: &self.store, collection, id, field }
    }
}
