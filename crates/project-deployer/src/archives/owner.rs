//! Archives belong to one Deployer: another one, with a state of its own, would remove what it does not know.

use project_deployer_client::DeployerError;
use project_deployer_store::{Commit, CommitId, DocumentKey, Expected};
use serde_json::Value;

use super::keeping::archive_failed;
use super::references::ABOUT_ARCHIVES;
use crate::deployer::Deployer;
use crate::state::unavailable;

/// The name of this Deployer, which all its processes share. A copy of its state that is made by a backup has a name of its
/// own, or it would remove the archives of the original. A copy of its files has the same name.
pub(crate) fn name() -> DocumentKey {
    ABOUT_ARCHIVES.key("owner")
}

impl Deployer {
    /// The id of this Deployer. All its processes share it, wherever they find the state, and it stays when the state is
    /// moved. A restored backup is another Deployer with an id of its own. A copy of the files, a snapshot of a volume and a
    /// dump of a database keep the id; a backup of that, restored, has another. A Deployer that has none yet gets one.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn id(&self) -> Result<String, DeployerError> {
        self.name_as_owner().await
    }

    /// Makes the archives those of this Deployer, if they have no owner yet.
    pub(crate) async fn claim_archives(&self) -> Result<(), DeployerError> {
        let ours = self.name_as_owner().await?;
        let owner = self.inner.archive.claim(&ours).await.map_err(archive_failed)?;
        if owner == ours {
            return Ok(());
        }
        Err(DeployerError::not_possible(
            format!("the bundle archives belong to another Deployer, `{owner}`, not to `{ours}`"),
            "give each Deployer a directory or a prefix of its own; if the other one is gone, remove the object \
             `owner` beside the archives",
        ))
    }

    async fn name_as_owner(&self) -> Result<String, DeployerError> {
        let repository = &self.inner.repository;
        loop {
            let found = repository.store.read(&name()).await.map_err(unavailable)?;
            match found.map(|found| found.body) {
                Some(Value::String(name)) => return Ok(name),
                Some(_) => return Err(DeployerError::state("the Deployer", "its name is no text")),
                None => {}
            }
            let new = Value::String(CommitId::random().to_string());
            match repository
                .commit_unaudited(Commit::new().put(name(), Expected::Absent, new))
                .await
            {
                // Another process has just chosen one.
                Ok(()) | Err(DeployerError::ChangedMeanwhile(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
