//! Infrastructures that existed before their fleet manages them.

use project_deployer_client::DeployerError;
use project_deployer_core::NodeId;
use project_deployer_core::infra::{InfraSettings, Target};

use super::{FleetSettings, ManagedInfra, wanted_entry};
use crate::deployer::Deployer;

impl Deployer {
    /// An infrastructure as a fleet manages it that reports its node.
    pub(crate) async fn adopted(
        &self,
        fleet: &FleetSettings,
        infra: &InfraSettings,
        id: &NodeId,
    ) -> Result<(InfraSettings, ManagedInfra), DeployerError> {
        let answer = self.discovered(fleet).await?;
        let mut nodes = answer.nodes_of(id).filter(|node| node.is_automation_node());
        let (Some(node), None) = (nodes.next(), nodes.next()) else {
            return Err(DeployerError::not_possible(
                format!("fleet `{}` does not report one Automation node `{id}`", fleet.id),
                "name a node that the plan of the fleet shows",
            ));
        };
        let current = infra.target.entries().first().cloned().unwrap_or_default();
        let (entry, fields) = wanted_entry(fleet, &current, &Default::default(), node);
        let marker = ManagedInfra {
            infra: infra.id.clone(),
            fleet: fleet.id.clone(),
            node: id.clone(),
            instance: node.instance.as_ref().map(ToString::to_string),
            fields,
            since: self.now(),
            quarantine: None,
        };
        Ok((infra.clone().with_target(Target::Fleet(entry)), marker))
    }
}
