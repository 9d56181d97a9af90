//! An infrastructure that existed becomes one of a fleet.

use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::Operation;
use project_deployer_core::{FleetId, InfraId, NodeId};
use project_deployer_store::{Commit, Lease};

use super::{DeployerSession, View};
use crate::audit::{Action, Change};
use crate::fleets::{ManagedInfra, adopted, guard, takes_as_seen, who_has_one};
use crate::state::{RecordCommit as _, VersionedRecord};

impl DeployerSession {
    pub(super) async fn adopt_under(
        &self,
        lease: &Lease,
        fleet: &FleetId,
        infra: &InfraId,
        node: Option<&NodeId>,
    ) -> Result<ManagedInfra, DeployerError> {
        let view = self.administering_fleets(fleet).await?;
        let settings = self.deployer.existing_fleet(fleet).await?;
        self.adoptable(&view, fleet, infra, node).await?;
        let answer = self.deployer.discovered(&settings.value.0).await?;
        // The answer may take minutes, so what holds is read after it.
        let view = self.administering_fleets(fleet).await?;
        let (found, node) = self.adoptable(&view, fleet, infra, node).await?;
        let now = self.deployer.now();
        let (new, marker) = adopted(&settings.value.0, &answer, &found.value, &node, now)?;
        view.has_it_alone(&new)?;
        let commit = Commit::new().fenced_by(lease).unchanged(&settings);
        let rotations = view.as_shown(self.deployer.rotations(&view.model).await?);
        let current = Some(&found.value);
        let commit = self.deployer.without_revoked_keys(commit, &rotations, &new, current).await?;
        let commit = takes_as_seen(&view.model, commit, &new, None);
        let commit = commit.refer(guard(fleet)).replace(&found, &new)?.create(&marker)?;
        let change = Change::edited(&found.value, &new)?.by(Action::Adopt);
        self.commit(commit, change).await?;
        Ok(marker)
    }

    /// An infrastructure that a fleet may adopt, and which node it is.
    async fn adoptable(
        &self,
        view: &View,
        fleet: &FleetId,
        infra: &InfraId,
        node: Option<&NodeId>,
    ) -> Result<(VersionedRecord<InfraSettings>, NodeId), DeployerError> {
        let found = self.infra_with_keys(view, Operation::EditInfraSettings, infra).await?;
        if let Some(marker) = view.model.managed_infra(infra)? {
            return Err(marker.value.refused_deletion());
        }
        let node = node_of(&found.value, node)?;
        self.is_not_rotating(view, &found.value).await?;
        if let Some(other) = view.members(fleet).into_iter().find(|marker| marker.node == node) {
            return Err(DeployerError::not_possible(
                format!(
                    "node `{node}` of fleet `{fleet}` is that of infrastructure `{}`",
                    other.infra
                ),
                "release that infrastructure first, or name another node",
            ));
        }
        Ok((found, node))
    }

    /// Refuses what a rotation of keys would undo.
    async fn is_not_rotating(
        &self,
        view: &View,
        infra: &InfraSettings,
    ) -> Result<(), DeployerError> {
        if !self.deployer.rotations(&view.model).await?.run_on(infra) {
            return Ok(());
        }
        Err(DeployerError::not_possible(
            format!("the key of infrastructure `{}` is being rotated", infra.id),
            "wait for the end of the rotation",
        ))
    }
}

impl View {
    /// Refuses an infrastructure whose node another one has.
    fn has_it_alone(&self, new: &InfraSettings) -> Result<(), DeployerError> {
        match who_has_one(&self.model, new, None, |_| false) {
            None => Ok(()),
            Some((other, _)) => Err(DeployerError::not_possible(
                format!("infrastructure `{other}` has the address of this node"),
                "adopt that one, or correct its address",
            )),
        }
    }
}

/// The node of an infrastructure that a fleet may adopt.
fn node_of(infra: &InfraSettings, node: Option<&NodeId>) -> Result<NodeId, DeployerError> {
    let [entry] = infra.target.entries() else {
        return Err(DeployerError::not_possible(
            format!("infrastructure `{}` has several nodes", infra.id),
            "adopt infrastructures of one node only",
        ));
    };
    let node = node.or(entry.node_id.as_ref()).cloned();
    node.ok_or_else(|| {
        DeployerError::not_possible(
            format!("infrastructure `{}` does not say which node it is", infra.id),
            "name the node as the fleet does",
        )
    })
}
