//! Rotation of the admin keys of an infrastructure.

use std::collections::BTreeSet;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::InfraId;
use project_deployer_core::infra::{InfraSettings, NodeSettings};
use project_deployer_core::rights::Operation;
use project_deployer_store::Commit;
use serde_json::json;

use super::{DeployerSession, View};
use crate::audit::{Action, Change};
use crate::causes::with_causes;
use crate::fleets::ManagedField;
use crate::rotation::{KeyRotation, RotationRecord, Rotations, guard};
use crate::runner::node_settings;
use crate::state::{Found, Record as _, RecordCommit as _, VersionedRecord};

impl DeployerSession {
    /// Replaces the admin key of each node of an infrastructure by a new one that the node makes, and revokes the old one.
    /// Other infrastructures with the same key for the same address get the new one as well. Updates go on meanwhile. A rotation that was
    /// interrupted goes on. What came of each node is in the result.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or another one that uses the same key; or a node has no address
    /// or no key; or a fleet reports the key of one of these infrastructures; or this Deployer has no calls for keys; or the
    /// store does not answer.
    pub async fn rotate_node_keys(&self, id: &InfraId) -> Result<KeyRotation, DeployerError> {
        let named = ResourceRef::new(InfraSettings::NOUN, id);
        let begun = self.attempt(Action::RotateKey, named, self.begin_rotation(id)).await?;
        let mut nodes = Vec::with_capacity(begun.len());
        for rotation in begun {
            nodes.push(self.deployer.rotate(&rotation).await?);
        }
        Ok(KeyRotation::new(id.clone(), nodes))
    }

    /// The last rotation of each node of an infrastructure that had one: how it ended, or where it stands, and the keys that
    /// it left on the node. One that this version of the program cannot read hides no other one; those that the next rotation
    /// ends are named as well.
    ///
    /// # Errors
    ///
    /// The caller does not administer the infrastructure, or the store does not answer.
    pub async fn key_rotations(&self, id: &InfraId) -> Result<KeyRotation, DeployerError> {
        let view = self.view().await?;
        let infra = view.infra_for(Operation::EditInfraSettings, id)?;
        let rotations = self.deployer.rotations(&view.model).await?;
        let (mut nodes, mut unreadable) = (Vec::new(), Vec::new());
        let mut known = BTreeSet::new();
        for address in infra.value.target.entries().iter().filter_map(|it| it.address.as_ref()) {
            let record = RotationRecord::record_id(id, address);
            match self.repository().find_readable::<RotationRecord>(&record).await? {
                Found::Absent => {}
                Found::Readable(found) => nodes.push(found.value.report()),
                Found::Unreadable { error, .. } => unreadable.push(format!(
                    "the last {} of node {address} cannot be read: {}",
                    RotationRecord::NOUN,
                    with_causes(&error)
                )),
            }
            known.insert(record);
        }
        for (id, error) in rotations.unreadable_beside(&infra.value) {
            if !known.contains(id) {
                unreadable.push(format!(
                    "{} `{id}` cannot be read: {}",
                    RotationRecord::NOUN,
                    with_causes(error)
                ));
            }
        }
        Ok(KeyRotation::new(id.clone(), nodes).with_unreadable(unreadable))
    }

    /// Records a rotation for each node, unless one is under way. One that cannot be read makes way, also where the new one is
    /// refused: it would keep new keys from the node for ever. Returns their ids.
    async fn begin_rotation(&self, id: &InfraId) -> Result<Vec<String>, DeployerError> {
        let view = self.view().await?;
        let infra = self.infra_with_keys(&view, Operation::EditInfraSettings, id).await?;
        let rotations = self.deployer.rotations(&view.model).await?;
        match self.beginning(&view, &infra, &rotations).await {
            Ok((commit, ids)) => {
                let change = Change::of(Action::RotateKey, InfraSettings::KIND.name(), id);
                self.commit(commit, change).await?;
                Ok(ids)
            }
            // Also where something else that cannot be read is the reason: that may stay so.
            Err(refused) => {
                if let Err(error) = self.remove_unreadable(&infra, &rotations).await {
                    tracing::warn!(infra = %id, %error, "rotations that cannot be read stay");
                }
                Err(refused)
            }
        }
    }

    /// The commit with which the rotations of an infrastructure begin, and their ids.
    async fn beginning(
        &self,
        view: &View,
        infra: &VersionedRecord<InfraSettings>,
        rotations: &Rotations,
    ) -> Result<(Commit, Vec<String>), DeployerError> {
        let id = &infra.value.id;
        view.has_a_key_of_its_own(id)?;
        // Whoever gives an infrastructure one of the keys meanwhile notices it.
        let mut commit = Commit::new().refer(guard());
        let (mut ids, all) = (Vec::new(), self.deployer.infras_with_keys().await?);
        let mut sharing = BTreeSet::new();
        for entry in infra.value.target.entries() {
            let node = node_settings(&infra.value, entry)?;
            if self.deployer.inner.update_connector.keys(&node).is_none() {
                return Err(DeployerError::not_possible(
                    "this Deployer has no calls for the keys of its nodes",
                    "create a new key on the node, and save it in the settings",
                ));
            }
            let (old, requester) = (node.admin_api_key.clone(), view.login.clone());
            let infras = infras_of(view, &all, &node)?;
            sharing.extend(infras.iter().cloned());
            let new = RotationRecord::begun(id, &node.address, old, requester, infras);
            ids.push(new.id());
            commit = self.with_rotation(commit, new).await?;
        }
        for (other, _) in rotations.unreadable_beside(&infra.value) {
            if !ids.iter().any(|new| new == other) {
                commit = self.without_unreadable(commit, other).await?;
            }
        }
        // No fleet takes one of them meanwhile: it would have to be of none now, and what a fleet read of it is old from now on.
        for other in all.iter().filter(|other| sharing.contains(&other.value.id)) {
            let id = &other.value.id;
            commit = commit.unreferenced(&view.model.as_managed(id)?);
            let read = if *id == infra.value.id { infra } else { other };
            commit = commit.replace(read, &read.value)?;
        }
        Ok((commit, ids))
    }

    /// Removes what the next rotation of an infrastructure would end, since there may be no next one: its keys may be those of a
    /// fleet, or it may have none.
    async fn remove_unreadable(
        &self,
        infra: &VersionedRecord<InfraSettings>,
        rotations: &Rotations,
    ) -> Result<(), DeployerError> {
        let ended = rotations.unreadable_beside(&infra.value);
        let ids: Vec<_> = ended.into_iter().map(|(id, _)| id.to_owned()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut commit = Commit::new().unchanged(infra);
        for id in &ids {
            commit = self.without_unreadable(commit, id).await?;
        }
        let id = &infra.value.id;
        let change = Change::of(Action::RotateKey, InfraSettings::KIND.name(), id);
        self.commit(commit, change.with_after(json!({"removedUnreadable": ids}))).await
    }

    /// Adds a rotation to a commit, unless the one before has not ended.
    async fn with_rotation(
        &self,
        commit: Commit,
        new: RotationRecord,
    ) -> Result<Commit, DeployerError> {
        match self.repository().find_readable::<RotationRecord>(&new.id()).await? {
            Found::Readable(found) if !found.value.has_ended() => Ok(commit.unchanged(&found)),
            Found::Readable(found) => commit.replace(&found, &new.after(&found.value)),
            Found::Absent => commit.create(&new),
            Found::Unreadable { expected, .. } => {
                commit.replace_unreadable(expected, &new.after_unreadable())
            }
        }
    }

    /// Removes a rotation that cannot be read.
    async fn without_unreadable(&self, commit: Commit, id: &str) -> Result<Commit, DeployerError> {
        match self.repository().find_readable::<RotationRecord>(id).await? {
            Found::Unreadable { expected, .. } => {
                Ok(commit.delete(RotationRecord::KIND.key(id), expected))
            }
            Found::Absent | Found::Readable(_) => Ok(commit),
        }
    }
}

impl View {
    /// Rotations whose refusals name the caller no infrastructure that the caller does not administer.
    pub(super) fn as_shown(&self, rotations: Rotations) -> Rotations {
        rotations.shown_to(|id| self.infra_for(Operation::EditInfraSettings, id).is_ok())
    }

    /// Refuses to rotate a key that a fleet reports: the next synchronization would bring the old key back.
    fn has_a_key_of_its_own(&self, id: &InfraId) -> Result<(), DeployerError> {
        let managed = self.model.managed_infra(id)?;
        let managed = managed.filter(|it| it.value.fields.contains(&ManagedField::AdminKey));
        managed.map_or(Ok(()), |marker| Err(marker.value.refusal(ManagedField::AdminKey)))
    }
}

/// The infrastructures with this key for this address, of all of which the caller has to be an administrator. A key that
/// stands beside another address as well is refused: that may be the same node or another one, and the new key is not
/// tried there.
fn infras_of(
    view: &View,
    all: &[VersionedRecord<InfraSettings>],
    node: &NodeSettings,
) -> Result<Vec<InfraId>, DeployerError> {
    let mut infras = Vec::new();
    for other in all {
        let id = &other.value.id;
        let with_key = other.value.target.entries().iter();
        let mut with_key =
            with_key.filter(|entry| entry.admin_api_key.as_ref() == Some(&node.admin_api_key));
        let mut has_it = false;
        if with_key.any(|entry| {
            has_it = true;
            entry.address.as_ref() != Some(&node.address)
        }) {
            return Err(DeployerError::not_possible(
                format!(
                    "the key of {} stands beside another address in infrastructure `{id}`, which may be another node",
                    node.address
                ),
                "give each node a key of its own in the settings, or one spelling to the address of a node",
            ));
        }
        if has_it {
            view.infra_for(Operation::EditInfraSettings, id)?;
            view.has_a_key_of_its_own(id)?;
            infras.push(id.clone());
        }
    }
    Ok(infras)
}
