use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use project_deployer::core::{IdentifierError, Login};
use project_deployer::{Deployer, DeployerError};
use secrecy::ExposeSecret as _;

/// The file with the first key, in the data directory.
const FILE: &str = "admin-key";

/// The login of the first user.
const LOGIN: &str = "admin";

/// Why there is no first key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FirstKeyError {
    #[error(transparent)]
    Login(#[from] IdentifierError),
    #[error(transparent)]
    Deployer(#[from] DeployerError),
    #[error("the first API key cannot be written to {file}; make its directory writable")]
    File {
        file: String,
        #[source]
        source: io::Error,
    },
}

/// Creates the first administrator of a Deployer that has no users, and returns where the key is.
///
/// # Errors
///
/// The file or the store cannot be written.
pub(super) async fn ensure(
    deployer: &Deployer,
    data: &Path,
) -> Result<Option<PathBuf>, FirstKeyError> {
    let Some(first) = deployer.first_administrator(Login::parse(LOGIN)?).await? else {
        return Ok(None);
    };
    let file = data.join(FILE);
    // Before the user exists: a key that nobody has would keep everybody out.
    write(&file, first.secret().expose_secret())
        .map_err(|source| FirstKeyError::File { file: file.display().to_string(), source })?;
    first.create().await?;
    Ok(Some(file))
}

/// Replaces the file as a whole. Only its owner may read it.
fn write(file: &Path, key: &str) -> io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(&new)?;
    opened.write_all(key.as_bytes())?;
    opened.write_all(b"\n")?;
    opened.sync_all()?;
    std::fs::rename(&new, file)
}
