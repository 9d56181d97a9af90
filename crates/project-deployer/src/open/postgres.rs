//! A Deployer whose state is in PostgreSQL.

use std::sync::Arc;

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
    let archive = builder.archive.clone();
    let archive = archive
        .ok_or_else(|| lacks("bundle archives", "archive(ObjectArchive::in_directory(path)?)"))?;
    let store = PostgresStore::open(&options, secrets).await?;
    let deployer = builder.on_shared(Arc::new(store), archive);
    deployer.resume_always();
    Ok(deployer)
}
