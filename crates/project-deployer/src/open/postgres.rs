//! A Deployer whose state is in PostgreSQL.

use project_deployer_store::{PostgresOptions, PostgresStore};

use super::DeployerOpenError;
use crate::builder::DeployerBuilder;
use crate::deployer::Deployer;

/// Asks for nothing before it is clear that all processes of this Deployer have the same key and archives: a process
/// with a key of its own could not read the admin keys of the others.
pub(super) async fn open(
    builder: DeployerBuilder,
    url: &str,
) -> Result<Deployer, DeployerOpenError> {
    let options = PostgresOptions::parse(url)?;
    let lacks = |what, call| DeployerOpenError::Incomplete { what, call };
    let secrets = builder.secrets.clone();
    let secrets = secrets.ok_or_else(|| {
        lacks(
            "key that seals the admin keys of nodes",
            "secrets(SecretsAtRest::Sealed(Keyring::from_file(path)?))",
        )
    })?;
    let archives = builder.archives.clone();
    let archives = archives
        .ok_or_else(|| lacks("bundle archives", "archives(ArchiveLocation::Directory(path))"))?;
    let (builder, archives) = builder.with_archives(archives, None).await?;
    let store = PostgresStore::open(&options, secrets).await?;
    builder.on_lasting((store, &options.shown_url()), archives).await
}
