//! Keys that seal the secrets of documents, wherever a store keeps them.

mod change;
mod file;
mod seal;
mod source;
mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chacha20poly1305::aead::Generate as _;
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

pub use self::change::KeyFile;
pub use self::seal::SealError;
pub(crate) use self::seal::{Slot, key_of};
pub use self::source::KeySource;

/// The keys that seal secrets: the first one seals, and all of them open. `Debug` shows their ids only.
///
/// Its text has one key in a line, each 32 bytes in Base64, the newest first; empty lines and lines that begin
/// with `#` are skipped.
#[derive(Clone)]
pub struct Keyring {
    newest: KeyId,
    keys: BTreeMap<KeyId, XChaCha20Poly1305>,
    /// Where the keys come from, and may be read again.
    source: Option<Arc<KeySource>>,
}

/// The name of a key, which does not reveal it: the first half of a digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// The text has no key.
    #[error("there is no key; write 32 random bytes in Base64 into a line")]
    Empty,
    /// A line is no key.
    #[error("line {line} is not a key: it must be 32 bytes in Base64")]
    Malformed {
        /// The line, from 1.
        line: usize,
    },
    /// The key file cannot be read or created.
    #[error("key file {path} cannot be {action}; check the file and its directory")]
    File {
        /// The file.
        path: String,
        /// What failed: `read` or `created`.
        action: &'static str,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Others than the owner may read the key file.
    #[error("others may read key file {path} (mode {mode:o}); run chmod 600, and replace the key")]
    Readable {
        /// The file.
        path: String,
        /// Its permissions.
        mode: u32,
    },
    /// The system has no random numbers.
    #[error("the system gives no random numbers, so no key can be made")]
    Random,
    /// A text names no source of keys.
    #[error(
        "`{text}` names no source of keys; write `file:` and a path, `env:` and the name of an environment \
         variable, or `command:` and a command"
    )]
    Source {
        /// The text.
        text: String,
    },
    /// The environment variable is not set.
    #[error("the environment variable {name} has no key; set it to 32 random bytes in Base64")]
    Variable {
        /// The variable.
        name: String,
    },
    /// The command that prints the keys failed.
    #[error("the command `{program}`, which prints the keys, failed: {why}")]
    Command {
        /// The program, without its arguments.
        program: String,
        /// What happened.
        why: String,
    },
    /// Another process changes the key file.
    #[error("another process changes key file {path}; wait until it ends")]
    Busy {
        /// The file.
        path: String,
    },
}

impl Keyring {
    /// Reads keys from their text, for a key that a command prints, for example.
    ///
    /// # Errors
    ///
    /// There is no key, or a line is none. The error does not repeat the line.
    pub fn parse(text: &SecretString) -> Result<Self, KeyringError> {
        let mut newest = None;
        let mut keys = BTreeMap::new();
        for (line, text) in (1..).zip(text.expose_secret().lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let bytes = BASE64_STANDARD.decode(text).ok();
            let key = bytes.and_then(|bytes| Key::try_from(bytes.as_slice()).ok());
            let key = key.ok_or(KeyringError::Malformed { line })?;
            let id = KeyId::of(&key);
            newest.get_or_insert_with(|| id.clone());
            keys.insert(id, XChaCha20Poly1305::new(&key));
        }
        Ok(Self { newest: newest.ok_or(KeyringError::Empty)?, keys, source: None })
    }

    /// The text of a new random key.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn new_key() -> Result<SecretString, KeyringError> {
        let key = Key::try_generate().map_err(|_| KeyringError::Random)?;
        Ok(SecretString::from(BASE64_STANDARD.encode(key)))
    }

    /// These keys, which can be read again from their source when a key is missing.
    pub(crate) fn read_from(self, source: KeySource) -> Self {
        Self { source: Some(Arc::new(source)), ..self }
    }

    /// The keys as their source has them now; the same keys if the source is unknown.
    ///
    /// # Errors
    ///
    /// The source cannot be read, or has no keys.
    pub fn again(&self) -> Result<Self, KeyringError> {
        self.source.as_ref().map_or_else(|| Ok(self.clone()), |source| source.read())
    }

    /// These keys, and those of another ring to open what they sealed.
    #[must_use]
    pub fn with_older(mut self, older: &Self) -> Self {
        for (id, key) in &older.keys {
            self.keys.entry(id.clone()).or_insert_with(|| key.clone());
        }
        self
    }

    /// The key that seals.
    #[must_use]
    pub fn newest(&self) -> &KeyId {
        &self.newest
    }

    /// All keys.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.keys.keys()
    }
}

impl KeyId {
    fn of(key: &Key) -> Self {
        let digest = Sha256::new().chain_update("project-deployer key id\0").chain_update(key);
        Self(digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }

    /// The id as a sealed value has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("newest", &self.newest)
            .field("keys", &self.keys.len())
            .field("source", &self.source)
            .finish()
    }
}
