use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use project_deployer::core::rights::Caller;
use project_deployer::core::{IdentifierError, Login};
use project_deployer::{ApiKeyRequest, ApiKeyRights, Deployer, DeployerError};
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

/// Creates the first administrator of a Deployer that has no users, and returns where the key is. If asked for, it
/// creates a new key of the user `admin` where there is one.
///
/// # Errors
///
/// The file or the store cannot be written, or `admin` cannot have a new key.
pub(super) async fn ensure(
    deployer: &Deployer,
    data: &Path,
    wants_new: bool,
) -> Result<Option<PathBuf>, FirstKeyError> {
    let login = Login::parse(LOGIN)?;
    let Some(first) = deployer.first_administrator(login.clone()).await? else {
        return if wants_new { new_key(deployer, data, login).await.map(Some) } else { Ok(None) };
    };
    let file = data.join(FILE);
    // Under a name of its own, before the user exists: a key that nobody has would keep everybody out, and another
    // process may be doing the same.
    let kept = data.join(format!("{FILE}.{}", first.key_id()));
    let failed = |source| FirstKeyError::File { file: file.display().to_string(), source };
    write(&kept, first.secret().expose_secret()).map_err(failed)?;
    match first.create().await {
        Ok(_) => {
            rename(&kept, &file).map_err(failed)?;
            Ok(Some(file))
        }
        Err(DeployerError::ChangedMeanwhile(_)) => {
            std::fs::remove_file(&kept).map_err(failed)?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// A new key of a user who has lost theirs. Whoever may read the state could do anything with it anyway.
async fn new_key(deployer: &Deployer, data: &Path, user: Login) -> Result<PathBuf, FirstKeyError> {
    let session = deployer.acting_as(Caller::administrator(user.clone()));
    let request = ApiKeyRequest::new(ApiKeyRights::Personal { user }, "new admin key");
    let made = session.create_api_key(request).await?;
    let (file, new) = (data.join(FILE), data.join(format!("{FILE}.{}", made.key.id)));
    let failed = |source| FirstKeyError::File { file: file.display().to_string(), source };
    write(&new, made.secret.expose_secret()).map_err(failed)?;
    rename(&new, &file).map_err(failed)?;
    Ok(file)
}

/// Writes a file that only its owner may read.
fn write(file: &Path, key: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    opened.write_all(key.as_bytes())?;
    opened.write_all(b"\n")?;
    opened.sync_all()
}

/// Renames a file for good.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    match to.parent() {
        Some(directory) => std::fs::File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}
