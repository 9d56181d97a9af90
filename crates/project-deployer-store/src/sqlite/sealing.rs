use std::path::Path;

use rusqlite::{Connection, params};
use secrecy::{ExposeSecret as _, SecretString};

use super::error::OpenError;
use crate::document::DocumentKey;
use crate::error::StoreError;
use crate::keyring::{Keyring, SealError, Slot};

/// How the secrets of documents are kept on disk.
#[derive(Debug, Clone)]
pub enum SecretsAtRest {
    /// Sealed with the newest key of a ring.
    Sealed(Keyring),
    /// As they are: whoever reads the file has the admin keys of all nodes. For tests.
    Plain,
}

/// Seals and opens the secrets of one store.
#[derive(Debug)]
pub(super) struct Sealer {
    store: Vec<u8>,
    secrets: SecretsAtRest,
}

/// The place of a value that shows, when a store is opened, whether the key is the right one.
const CHECKED: (&str, &str, &str) = ("store", "key", "check");

impl Sealer {
    /// The sealer of a store. A new store is marked as sealed or not.
    pub(super) fn of(
        path: &Path,
        file: &Connection,
        secrets: SecretsAtRest,
    ) -> Result<Self, OpenError> {
        let of = |error| OpenError::of(path, error);
        let read = "SELECT id, revision, key_check FROM store";
        let row = file.query_row(read, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let (store, revision, check): (Vec<u8>, i64, Option<Vec<u8>>) = row.map_err(of)?;
        let sealer = Self { store, secrets };
        let path = || path.display().to_string();
        match (&sealer.secrets, check) {
            (SecretsAtRest::Plain, None) => {}
            (SecretsAtRest::Plain, Some(_)) => {
                return Err(OpenError::OtherSealing { path: path(), found: "sealed" });
            }
            (SecretsAtRest::Sealed(keys), Some(check)) => {
                let opened = keys.open(sealer.slot(CHECKED), &check);
                opened.map_err(|source| OpenError::WrongKey { path: path(), source })?;
                // At every start: another process may have written with an older key since.
                let changed = sealer.change_key(keys, file, &check).map_err(of)?;
                changed.map_err(|source| OpenError::WrongKey { path: path(), source })?;
            }
            (SecretsAtRest::Sealed(_), None) if revision > 0 => {
                return Err(OpenError::OtherSealing { path: path(), found: "not sealed" });
            }
            (SecretsAtRest::Sealed(keys), None) => {
                let sealed = keys.seal(sealer.slot(CHECKED), &SecretString::from("key check"));
                let sealed =
                    sealed.map_err(|source| OpenError::WrongKey { path: path(), source })?;
                file.execute("UPDATE store SET key_check = ?1", [sealed]).map_err(of)?;
            }
        }
        Ok(sealer)
    }

    /// Seals every secret with the newest key, so that the older ones are not needed any more.
    fn change_key(
        &self,
        keys: &Keyring,
        file: &Connection,
        check: &[u8],
    ) -> rusqlite::Result<Result<(), SealError>> {
        let mut secrets = file.prepare("SELECT collection, id, field, value FROM secret")?;
        let secrets = secrets.query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, Vec<u8>>(3)?))
        })?;
        let secrets: Vec<(String, String, String, Vec<u8>)> = secrets.collect::<Result<_, _>>()?;
        for (collection, id, field, value) in secrets {
            if !keys.is_outdated(&value) {
                continue;
            }
            let new = keys.sealed_again(self.slot((&collection, &id, &field)), &value);
            let new = match new {
                Ok(new) => new,
                Err(error) => return Ok(Err(error)),
            };
            let update =
                "UPDATE secret SET value = ?4 WHERE collection = ?1 AND id = ?2 AND field = ?3";
            file.execute(update, params![collection, id, field, new])?;
        }
        if !keys.is_outdated(check) {
            return Ok(Ok(()));
        }
        match keys.sealed_again(self.slot(CHECKED), check) {
            Ok(new) => file.execute("UPDATE store SET key_check = ?1", [new]).map(|_| Ok(())),
            Err(error) => Ok(Err(error)),
        }
    }

    pub(super) fn seal(
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

    pub(super) fn open(
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
