//! Infrastructures that existed before their fleet manages them.

use project_deployer_client::DeployerError;
use project_deployer_client::fleet::Discovery;
use project_deployer_core::infra::{InfraSettings, Target};
use project_deployer_core::{NodeId, Timestamp};

use super::{FleetSettings, ManagedInfra, loses_its_key, wanted_entry};

/// An infrastructure as a fleet manages it that reports its node.
pub(crate) fn adopted(
    fleet: &FleetSettings,
    answer: &Discovery,
    infra: &InfraSettings,
    id: &NodeId,
    now: Timestamp,
) -> Result<(InfraSettings, ManagedInfra), DeployerError> {
    let mut nodes = answer.nodes_of(id).filter(|node| node.is_automation_node());
    let (Some(node), None) = (nodes.next(), nodes.next()) else {
        return Err(DeployerError::not_possible(
            format!("fleet `{}` does not report one Automation node `{id}`", fleet.id),
            "name a node that the plan of the fleet shows",
        ));
    };
    let current = infra.target.entries().first().cloned().unwrap_or_default();
    let (entry, fields) = wanted_entry(fleet, &current, &Default::default(), node);
    if loses_its_key(&current, &entry) {
        return Err(DeployerError::not_possible(
            format!(
                "the admin key of infrastructure `{}` belongs to another address or another trust in certificates than fleet \
                 `{}` has for node `{id}`, and the fleet reports no admin key",
                infra.id, fleet.id
            ),
            "save that address and trust in the infrastructure together with the key of the node, or remove the key",
        ));
    }
    let marker = ManagedInfra {
        infra: infra.id.clone(),
        fleet: fleet.id.clone(),
        node: id.clone(),
        instance: node.instance.as_ref().map(ToString::to_string),
        fields,
        since: now,
        quarantine: None,
    };
    Ok((infra.clone().with_target(Target::Fleet(entry)), marker))
}
