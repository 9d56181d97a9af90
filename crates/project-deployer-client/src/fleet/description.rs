//! What the answers about an instance say of its node: pure functions.

use project_deployer_core::NodeId;

use super::instance::{FleetInstance, InstanceStatus, VirtualNetwork};
use super::node::{FleetAdminKey, FleetNode, FleetNodeState, FleetUrl, Registration, Unknown};
use crate::error::NodeErrorKind;

type Read<T> = Result<T, NodeErrorKind>;

/// The answers about one instance of a list, each for itself.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) status: Read<InstanceStatus>,
    /// None when it was not asked for.
    pub(super) admin_key: Option<Read<FleetAdminKey>>,
    pub(super) networks: &'a Read<Vec<VirtualNetwork>>,
}

/// A node of a Fleet Manager.
pub(super) fn fleet_node(
    instance: &FleetInstance,
    node_id: NodeId,
    asked: &Asked<'_>,
) -> FleetNode {
    let failed = Unknown::AskFailed;
    let registration = registration(instance, asked.networks);
    let (url, state) = match &asked.status {
        Ok(status) => (status.url(), status.state()),
        Err(kind) => (
            FleetUrl::NotPublished(failed(kind.clone())),
            FleetNodeState::Unknown(failed(kind.clone())),
        ),
    };
    let admin_key = match &asked.admin_key {
        None => FleetAdminKey::Unknown(Unknown::NotAsked),
        Some(Ok(key)) => key.clone(),
        Some(Err(kind)) => FleetAdminKey::Unknown(failed(kind.clone())),
    };
    FleetNode {
        node_id,
        label: instance.label.clone(),
        instance: Some(instance.id.clone()),
        node_type: instance.node_type.clone(),
        url,
        admin_key,
        state,
        registration,
    }
}

fn registration(instance: &FleetInstance, networks: &Read<Vec<VirtualNetwork>>) -> Registration {
    let networks = match networks {
        Ok(networks) => networks,
        Err(kind) => return Registration::Unknown(Unknown::AskFailed(kind.clone())),
    };
    let Some(id) = &instance.virtual_network else {
        return Registration::Unknown(Unknown::Absent);
    };
    match networks.iter().find(|network| network.id == *id) {
        Some(network) => network.registration(),
        None => Registration::Unknown(Unknown::Absent),
    }
}
