use std::error::Error;
use std::path::Path;
use std::time::Duration;

use project_deployer::Deployer;
use project_deployer::store::{ArchiveLocation, Keyring, SecretsAtRest};
use project_deployer_client::HttpConnector;

use crate::quick;

/// Opens a Deployer that will be killed: its leases are short. The key and the archives of one in PostgreSQL are in a
/// folder.
///
/// # Errors
///
/// The Deployer, its key or its archives cannot be opened.
pub async fn open_short_lived(url: &str, folder: &Path) -> Result<Deployer, Box<dyn Error>> {
    let connector = HttpConnector::builder().timeouts(quick()).build()?;
    let mut builder = Deployer::builder(connector).lease_ttl(Duration::from_secs(3));
    if url.starts_with("postgres:") {
        let key = Keyring::from_file_or_new(&folder.join("key"))?;
        let archives = ArchiveLocation::Directory(folder.join("bundles"));
        builder = builder.secrets(SecretsAtRest::Sealed(key)).archives(archives);
    }
    Ok(builder.open(url).await?)
}
