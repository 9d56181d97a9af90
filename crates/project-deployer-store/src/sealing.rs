//! How a store seals and opens the secrets of documents.

use std::sync::{PoisonError, RwLock};

use secrecy::{ExposeSecret as _, SecretString};

use crate::document::DocumentKey;
use crate::error::StoreError;
use crate::keyring::{Keyring, KeyringError, SealError, Slot, key_of};

/// How the secrets of documents are kept on disk.
#[derive(Debug, Clone)]
pub enum SecretsAtRest {
    /// Sealed with the newest key of a ring.
    Sealed(Keyring),
    /// As they are: whoever reads the store has the admin keys of all nodes.
    Plain,
}

/// Seals and opens the secrets of one store.
///
/// The store keeps a value that its current key sealed. That key seals in every process, whatever key ring the
/// process was opened with: a process that does not know it reads its keys again.
#[derive(Debug)]
pub(crate) struct Sealer {
    store: Vec<u8>,
    secrets: RwLock<SecretsAtRest>,
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
pub(crate) const CHECKED: (&str, &str, &str) = ("store", "key", "check");

impl Sealer {
    /// The sealer of the store of this id, and a value that the store has to keep from now on. `check` is the
    /// value that it has kept so far, and `is_new` says whether it is still empty.
    pub(crate) fn of(
        store: Vec<u8>,
        is_new: bool,
        check: Option<&[u8]>,
        secrets: SecretsAtRest,
    ) -> Result<(Self, Option<Vec<u8>>), SealingFault> {
        let sealer = Self { store, secrets: RwLock::new(secrets) };
        let kept = match (&sealer.secrets(), check) {
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
        matches!(self.secrets(), SecretsAtRest::Sealed(_))
    }

    /// Reads the keys again, and returns the id of the newest one; none without sealing.
    pub(crate) fn refresh(&self) -> Result<Option<String>, KeyringError> {
        let SecretsAtRest::Sealed(keys) = self.secrets() else { return Ok(None) };
        let read = keys.again()?.with_older(&keys);
        let newest = read.newest().as_str().to_owned();
        self.replace(read);
        Ok(Some(newest))
    }

    fn replace(&self, keys: Keyring) {
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        *secrets = SecretsAtRest::Sealed(keys);
    }

    /// The value of a place, sealed with the newest key; none if it is so already.
    pub(crate) fn sealed_again(
        &self,
        place: (&str, &str, &str),
        value: &[u8],
    ) -> Result<Option<Vec<u8>>, SealError> {
        match self.secrets() {
            SecretsAtRest::Sealed(keys) if keys.is_outdated(value) => {
                keys.sealed_again(self.slot(place), value).map(Some)
            }
            SecretsAtRest::Sealed(_) | SecretsAtRest::Plain => Ok(None),
        }
    }

    /// Seals with the key that sealed `check`, the value that the store keeps; with the newest one of the ring if it
    /// keeps none.
    pub(crate) fn seal(
        &self,
        check: Option<&[u8]>,
        key: &DocumentKey,
        field: &str,
        secret: &SecretString,
    ) -> Result<Vec<u8>, StoreError> {
        let slot = self.slot((key.collection.name(), &key.id, field));
        let sealed = self.with_keys(|keys| match check {
            Some(check) => keys.seal_with(key_of(check)?.0, slot, secret),
            None => keys.seal(slot, secret),
        });
        match sealed {
            Some(Ok(sealed)) => Ok(sealed),
            Some(Err(e)) => Err(StoreError::unavailable(format!("seal {field} of {key}"), e)),
            None => Ok(secret.expose_secret().as_bytes().to_vec()),
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
        let opened = self
            .with_keys(|keys| keys.open(self.slot((key.collection.name(), &key.id, field)), value));
        match (opened, str::from_utf8(value)) {
            (Some(opened), _) => opened.map_err(|error| failed(error.into())),
            (None, Ok(text)) => Ok(SecretString::from(text)),
            (None, Err(_)) => Err(failed("it is no text".into())),
        }
    }

    /// Uses the keys; none without sealing. When a key is missing, the keys are read again: another process
    /// may have changed them. Keys that cannot be read again change nothing.
    fn with_keys<T>(
        &self,
        work: impl Fn(&Keyring) -> Result<T, SealError>,
    ) -> Option<Result<T, SealError>> {
        let SecretsAtRest::Sealed(keys) = self.secrets() else { return None };
        let missing = match work(&keys) {
            Err(missing @ SealError::UnknownKey { .. }) => missing,
            done => return Some(done),
        };
        let Ok(read) = keys.again() else { return Some(Err(missing)) };
        let read = read.with_older(&keys);
        let done = work(&read);
        if done.is_ok() {
            self.replace(read);
        }
        Some(done)
    }

    fn secrets(&self) -> SecretsAtRest {
        self.secrets.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn slot<'a>(
        &'a self,
        (collection, id, field): (&'a str, &'a str, &'a str),
    ) -> Slot<'a> {
        Slot { store: &self.store, collection, id, field }
    }
}
