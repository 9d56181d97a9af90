mod damage;
mod damaged;
mod failures;
mod opening;
mod rotation;
mod sealed;
mod shared;

use std::path::PathBuf;

use tempfile::TempDir;

use super::SqliteStore;
use crate::commit::Commit;
use crate::document::Revision;
use crate::error::StoreError;
use crate::keyring::Keyring;
use crate::sealing::SecretsAtRest;
use crate::store::Store;
use crate::wrapper::wrapper_of_a_store;

/// A store, and its directory, which goes with it.
#[derive(Debug)]
struct OnDisk<S> {
    inner: S,
    directory: TempDir,
}

impl<S: Store> OnDisk<S> {
    async fn pass(&self, _action: &str) -> Result<&S, StoreError> {
        Ok(&self.inner)
    }

    async fn pass_commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        self.inner.commit(commit).await
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("deployer.db")
    }
}

wrapper_of_a_store!(OnDisk);

fn sealed() -> SecretsAtRest {
    SecretsAtRest::Sealed(Keyring::parse(&Keyring::new_key().unwrap()).unwrap())
}

async fn new_store() -> OnDisk<SqliteStore> {
    with_secrets(sealed()).await
}

async fn with_secrets(secrets: SecretsAtRest) -> OnDisk<SqliteStore> {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("deployer.db");
    OnDisk { inner: SqliteStore::open(path, secrets).await.unwrap(), directory }
}

mod conformance {
    crate::store_conformance!(super::new_store().await);
    crate::maintenance_conformance!(super::new_store().await, inner);
}

mod conformance_without_sealing {
    crate::store_conformance!(super::with_secrets(crate::sealing::SecretsAtRest::Plain).await);
}
