//! Rotation of the admin keys of an infrastructure.

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::InfraId;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::Operation;
use project_deployer_store::Commit;

use super::DeployerSession;
use crate::audit::{Action, Change};
use crate::rotation::{KeyRotation, RotationRecord};
use crate::runner::node_settings;
use crate::state::{Record as _, RecordCommit as _};

impl DeployerSession {
    /// Replaces the admin key of each node of an infrastructure by a new one that the node makes, and revokes the old one.
    /// Other infrastructures with the same key get the new one as well. Updates go on meanwhile. A rotation that was
    /// interrupted goes on. What came of each node is in the result.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or another one that uses the same key; or a node has no address
    /// or no key; or this Deployer has no calls for keys; or the store does not answer.
    pub async fn rotate_node_keys(&self, id: &InfraId) -> Result<KeyRotation, DeployerError> {
        let named = ResourceRef::new(InfraSettings::NOUN, id);
        let begun = self.attempt(Action::RotateKey, named, self.begin_rotation(id)).await?;
        let mut nodes = Vec::with_capacity(begun.len());
        for rotation in begun {
            nodes.push(self.deployer.rotate(&rotation).await?);
        }
        Ok(KeyRotation::new(id.clone(), nodes))
    }

    /// Records a rotation for each node, unless one is under way. Returns their ids.
    async fn begin_rotation(&self, id: &InfraId) -> Result<Vec<String>, DeployerError> {
        let view = self.view().await?;
        let infra = self.infra_with_keys(&view, Operation::EditInfraSettings, id).await?;
        let mut commit = Commit::new().unchanged(&infra);
        let (mut ids, mut keys) = (Vec::new(), Vec::new());
        for entry in infra.value.target.entries() {
            let node = node_settings(&infra.value, entry)?;
            if self.deployer.inner.update_connector.keys(&node).is_none() {
                return Err(DeployerError::not_possible(
                    "this Deployer has no calls for the keys of its nodes",
                    "create a new key on the node, and save it in the settings",
                ));
            }
            let (old, requester) = (node.admin_api_key.clone(), view.login.clone());
            let new = RotationRecord::begun(id, &node.address, old.clone(), requester);
            // Nodes that share a key are no nodes of one key: each of them makes its own.
            let found = self.repository().find::<RotationRecord>(&new.id()).await?;
            ids.push(new.id());
            keys.push(old);
            commit = match found {
                Some(found) if !found.value.has_ended() => commit.unchanged(&found),
                Some(found) => commit.replace(&found, &new)?,
                None => commit.create(&new)?,
            };
        }
        for other in self.deployer.infras_with_keys().await? {
            if other.value.keys().values().any(|key| keys.contains(key)) {
                view.infra_for(Operation::EditInfraSettings, &other.value.id)?;
            }
        }
        let change = Change::of(Action::RotateKey, InfraSettings::KIND.name(), id);
        self.commit(commit, change).await?;
        Ok(ids)
    }
}
