use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::{KeyId, Keyring, KeyringError};

/// A key file that this process changes, and no other one meanwhile. Each change replaces the file as a whole.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    /// The lock of its directory. It ends with this process, however that ends.
    _lock: File,
}

impl KeyFile {
    /// Takes the right to change a key file. It blocks.
    ///
    /// # Errors
    ///
    /// Another process has it, or the directory cannot be read.
    pub fn lock(path: &Path) -> Result<Self, KeyringError> {
        let lock = lock(path).map_err(|error| match error {
            TryLockError::WouldBlock => KeyringError::Busy { path: path.display().to_string() },
            TryLockError::Error(source) => KeyringError::file(path, "locked", source),
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The keys of the file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, others may read it, or it has no keys.
    pub fn ring(&self) -> Result<Keyring, KeyringError> {
        Keyring::from_file(&self.path)
    }

    /// Puts a new random key in front.
    ///
    /// # Errors
    ///
    /// The file cannot be read or replaced; it is unchanged then.
    pub fn add(&self) -> Result<KeyId, KeyringError> {
        self.ring()?;
        let key = Keyring::new_key()?;
        let id = Keyring::parse(&key)?.newest().clone();
        let text = format!("{}\n{}", key.expose_secret(), self.text()?.expose_secret());
        self.replace(&SecretString::from(text))?;
        Ok(id)
    }

    /// Removes a key, and returns whether it was there. The last key stays.
    ///
    /// # Errors
    ///
    /// The file cannot be read or replaced, or it would have no key; it is unchanged then.
    pub fn forget(&self, key: &str) -> Result<bool, KeyringError> {
        if !self.ring()?.ids().any(|id| id.as_str() == key) {
            return Ok(false);
        }
        let text = self.text()?;
        let is_other = |line: &&str| {
            let parsed = Keyring::parse(&SecretString::from(*line));
            !parsed.is_ok_and(|ring| ring.newest().as_str() == key)
        };
        let kept: Vec<_> = text.expose_secret().lines().filter(is_other).collect();
        let kept = SecretString::from(format!("{}\n", kept.join("\n")));
        Keyring::parse(&kept)?;
        self.replace(&kept)?;
        Ok(true)
    }

    fn text(&self) -> Result<SecretString, KeyringError> {
        let text = fs::read_to_string(&self.path);
        text.map(SecretString::from).map_err(|e| KeyringError::file(&self.path, "read", e))
    }

    /// The draft has one name: a process that dies leaves at most one, which the next one writes over.
    fn replace(&self, text: &SecretString) -> Result<(), KeyringError> {
        let mut draft = self.path.as_os_str().to_owned();
        draft.push(".new");
        let draft = Path::new(&draft);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(draft).and_then(|mut file| {
            file.write_all(text.expose_secret().as_bytes())?;
            file.sync_all()
        });
        let replaced = written.and_then(|()| fs::rename(draft, &self.path));
        let replaced = replaced.and_then(|()| sync_directory_of(&self.path));
        replaced.map_err(|source| KeyringError::file(&self.path, "replaced", source))
    }
}

#[cfg(unix)]
fn lock(path: &Path) -> Result<File, TryLockError> {
    let directory = File::open(directory_of(path)).map_err(TryLockError::Error)?;
    directory.try_lock()?;
    Ok(directory)
}

/// Where directories cannot be opened: a file beside the key file.
#[cfg(not(unix))]
fn lock(path: &Path) -> Result<File, TryLockError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::create(name).map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn sync_directory_of(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory_of(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
