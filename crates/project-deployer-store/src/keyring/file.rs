use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use super::{KeySource, Keyring, KeyringError};

impl Keyring {
    /// Reads the keys of a file that only its owner may read.
    ///
    /// # Errors
    ///
    /// The file cannot be read, others may read it, or it has no keys.
    pub fn from_file(path: &Path) -> Result<Self, KeyringError> {
        let failed = |source| KeyringError::file(path, "read", source);
        refuse_readable(path, &fs::metadata(path).map_err(failed)?)?;
        let text = fs::read_to_string(path).map_err(failed)?;
        Ok(Self::parse(&SecretString::from(text))?.read_from(KeySource::File(path.to_owned())))
    }

    /// Reads the keys of a file, or creates it with a new key if there is none. Only the owner may read the
    /// new file.
    ///
    /// # Errors
    ///
    /// The file cannot be read or created, others may read it, or it has no keys.
    pub fn from_file_or_new(path: &Path) -> Result<Self, KeyringError> {
        match create(path) {
            Ok(()) => Self::from_file(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::from_file(path),
            Err(source) => Err(KeyringError::file(path, "created", source)),
        }
    }
}

impl KeyringError {
    pub(super) fn file(path: &Path, action: &'static str, source: io::Error) -> Self {
        Self::File { path: path.display().to_string(), action, source }
    }
}

/// Creates the file as a whole or not at all, so that no other process reads half a key.
fn create(path: &Path) -> io::Result<()> {
    if path.try_exists()? {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let key = Keyring::new_key().map_err(io::Error::other)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{:016x}", fastrand::u64(..)));
    let draft = Path::new(&draft);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(draft).and_then(|mut file| {
        writeln!(file, "{}", key.expose_secret())?;
        file.sync_all()
    });
    // A link fails where a name exists, and a rename would replace it.
    let linked = written.and_then(|()| fs::hard_link(draft, path));
    let removed = fs::remove_file(draft);
    linked.and(removed)
}

#[cfg(unix)]
pub(super) fn refuse_readable(path: &Path, found: &fs::Metadata) -> Result<(), KeyringError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(KeyringError::Readable { path: path.display().to_string(), mode })
}

#[cfg(not(unix))]
pub(super) fn refuse_readable(_: &Path, _: &fs::Metadata) -> Result<(), KeyringError> {
    Ok(())
}
