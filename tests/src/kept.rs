use std::error::Error;
use std::path::Path;
use std::time::Duration;

use project_deployer::hooks::HookPrograms;
use project_deployer::store::{ArchiveLocation, Keyring, SecretsAtRest, SqliteStore};
use project_deployer::{Deployer, DeployerBuilder};
use project_deployer_client::HttpConnector;
use project_deployer_store::{StandingStore, StandsAt};

use crate::quick;

/// What a Deployer prints that stands still at a commit.
pub const STANDS: &str = "it stands still";

/// Opens a Deployer that will be killed: its leases are short. The key and the archives of one in PostgreSQL are in a
/// folder, and so are the programs of its hooks, in `hooks`.
///
/// # Errors
///
/// The Deployer, its key or its archives cannot be opened.
pub async fn open_short_lived(url: &str, folder: &Path) -> Result<Deployer, Box<dyn Error>> {
    open(short_lived(folder)?, url, folder).await
}

/// The same, without anything that runs beside calls.
///
/// # Errors
///
/// The Deployer, its key or its archives cannot be opened.
pub async fn open_quiet(url: &str, folder: &Path) -> Result<Deployer, Box<dyn Error>> {
    open(short_lived(folder)?.without_background_work(), url, folder).await
}

/// Opens a Deployer in SQLite that stands still at a commit, and prints [`STANDS`] there.
///
/// # Errors
///
/// The store, its key or its archives cannot be opened.
#[expect(clippy::print_stdout, reason = "the test reads it")]
pub async fn open_standing(
    url: &str,
    folder: &Path,
    at: StandsAt,
) -> Result<Deployer, Box<dyn Error>> {
    let store = StandingStore::new(store_at(url).await?, at, || println!("{STANDS}"));
    let archives = ArchiveLocation::Directory(folder.join("deployer.db.bundles")).open().await?;
    Ok(short_lived(folder)?.on(store, archives))
}

/// The store in SQLite that a Deployer has at a URL.
///
/// # Errors
///
/// The store or its key cannot be opened.
pub async fn store_at(url: &str) -> Result<SqliteStore, Box<dyn Error>> {
    let path = url.strip_prefix("sqlite:").ok_or("expected a store in SQLite")?;
    let key = Keyring::from_file(format!("{path}.key").as_ref())?;
    Ok(SqliteStore::open(path, SecretsAtRest::Sealed(key)).await?)
}

fn short_lived(folder: &Path) -> Result<DeployerBuilder, Box<dyn Error>> {
    let connector = HttpConnector::builder().timeouts(quick()).build()?;
    let programs = HookPrograms::in_directory(folder.join("hooks"));
    Ok(Deployer::builder(connector).lease_ttl(Duration::from_secs(3)).hook_programs(programs))
}

async fn open(
    mut builder: DeployerBuilder,
    url: &str,
    folder: &Path,
) -> Result<Deployer, Box<dyn Error>> {
    if url.starts_with("postgres:") {
        let key = Keyring::from_file_or_new(&folder.join("key"))?;
        let archives = ArchiveLocation::Directory(folder.join("bundles"));
        builder = builder.secrets(SecretsAtRest::Sealed(key)).archives(archives);
    }
    Ok(builder.open(url).await?)
}
