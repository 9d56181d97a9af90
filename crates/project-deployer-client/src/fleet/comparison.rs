//! Compares a discovery with infrastructures: a pure function of both.

use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::node::NodeType;
use project_deployer_core::{ApiKeySecret, InfraId, NodeAddress, NodeId};

use super::discovery::Discovery;
use super::node::{FleetAdminKey, FleetNode, FleetUrl, Registration, Unknown};

/// What a discovery would add and change, and what it no longer reports. It removes nothing (I3, I4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetComparison {
    /// Automation nodes that the fleet registers and no infrastructure has.
    pub added: Vec<FleetNode>,
    /// Infrastructures of the fleet whose node has another address or key than they have.
    pub changed: Vec<FleetChange>,
    /// Infrastructures of the fleet with nothing to change.
    pub unchanged: Vec<InfraId>,
    /// Infrastructures of the fleet whose node the discovery does not report, or not unambiguously. They stay.
    pub no_longer_reported: Vec<NoLongerReported>,
    /// Fields that an infrastructure of the fleet has and the discovery does not report. They stay.
    pub fields_no_longer_reported: Vec<FieldNoLongerReported>,
    /// Automation nodes that are not added, and why.
    pub left_out: Vec<LeftOut>,
}

/// What a discovery would change in an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetChange {
    /// The infrastructure.
    pub infra: InfraId,
    /// Its node.
    pub node_id: NodeId,
    /// The address that it has.
    pub old_address: Option<NodeAddress>,
    /// The address that the fleet reports, if it differs.
    pub address: Option<NodeAddress>,
    /// The admin key that the fleet reports, if it differs.
    pub admin_key: Option<ApiKeySecret>,
}

/// An infrastructure whose node is not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoLongerReported {
    /// The infrastructure.
    pub infra: InfraId,
    /// Its node, where it names one.
    pub node_id: Option<NodeId>,
    /// What is known about the absence.
    pub absence: Absence,
}

/// What is known about the absence of a node. None of it is a reason to remove something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absence {
    /// The list was read in full, and the node is not in it.
    NotListed,
    /// The node is not in the list, and the list may be incomplete.
    ListHasGaps,
    /// The node of this id is no Automation node.
    OtherType(NodeType),
    /// Several nodes have this id.
    SeveralNodes,
    /// The infrastructure does not say which node it is.
    InfraNamesNoNode,
}

/// A field that an infrastructure has and a discovery does not report.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldNoLongerReported {
    /// The infrastructure.
    pub infra: InfraId,
    /// The field.
    pub field: FleetField,
    /// Why.
    pub reason: Unknown,
}

/// What a fleet reports about the node of an infrastructure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FleetField {
    /// Where it is.
    Address,
    /// Its admin key.
    AdminKey,
}

/// An Automation node that is not added.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// The node.
    pub node_id: NodeId,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a node is not added.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// These infrastructures have it, and do not come from the fleet.
    RegisteredByHand(Vec<InfraId>),
    /// The fleet does not register the nodes of its network.
    RegistrationOff,
    /// Whether the fleet registers it is unknown.
    RegistrationUnknown(Unknown),
    /// Several nodes have this id.
    SeveralNodes,
}

/// Compares what a fleet reports with the existing infrastructures.
#[must_use]
pub fn compare(discovery: &Discovery, infras: &[InfraSettings]) -> FleetComparison {
    let mut comparison = FleetComparison::default();
    for infra in infras {
        if let Target::Fleet(entry) = &infra.target {
            comparison.judge_infra(discovery, &infra.id, entry);
        }
    }
    for node in discovery.nodes.iter().filter(|node| node.is_automation_node()) {
        comparison.judge_node(discovery, node, infras);
    }
    comparison
}

impl FleetComparison {
    fn judge_infra(&mut self, discovery: &Discovery, infra: &InfraId, entry: &NodeEntry) {
        match node_of(discovery, entry) {
            Ok(node) => self.judge_fields(infra, entry, node),
            Err(absence) => self.no_longer_reported.push(NoLongerReported {
                infra: infra.clone(),
                node_id: entry.node_id.clone(),
                absence,
            }),
        }
    }

    fn judge_fields(&mut self, infra: &InfraId, entry: &NodeEntry, node: &FleetNode) {
        let address = node.url.known().filter(|found| entry.address.as_ref() != Some(found));
        let admin_key =
            node.admin_key.known().filter(|found| entry.admin_api_key.as_ref() != Some(found));
        if address.is_none() && admin_key.is_none() {
            self.unchanged.push(infra.clone());
        } else {
            self.changed.push(FleetChange {
                infra: infra.clone(),
                node_id: node.node_id.clone(),
                old_address: entry.address.clone(),
                address: address.cloned(),
                admin_key: admin_key.cloned(),
            });
        }
        if let (Some(_), FleetUrl::NotPublished(reason)) = (&entry.address, &node.url) {
            self.note_field(infra, FleetField::Address, reason);
        }
        if let (Some(_), FleetAdminKey::Unknown(reason)) = (&entry.admin_api_key, &node.admin_key) {
            self.note_field(infra, FleetField::AdminKey, reason);
        }
    }

    fn note_field(&mut self, infra: &InfraId, field: FleetField, reason: &Unknown) {
        // A value that could not be expected is not missing.
        if !matches!(reason, Unknown::NeverReported | Unknown::NotAsked) {
            let (infra, reason) = (infra.clone(), reason.clone());
            self.fields_no_longer_reported.push(FieldNoLongerReported { infra, field, reason });
        }
    }

    fn judge_node(&mut self, discovery: &Discovery, node: &FleetNode, infras: &[InfraSettings]) {
        let is_there = |infra: &InfraSettings| match &infra.target {
            Target::Fleet(entry) => entry.node_id.as_ref() == Some(&node.node_id),
            _ => false,
        };
        if infras.iter().any(is_there) {
            return;
        }
        match reason_to_leave_out(discovery, node, infras) {
            None => self.added.push(node.clone()),
            Some(reason) => {
                let left_out = LeftOut { node_id: node.node_id.clone(), reason };
                if !self.left_out.contains(&left_out) {
                    self.left_out.push(left_out);
                }
            }
        }
    }
}

/// The Automation node of an infrastructure of the fleet.
fn node_of<'a>(discovery: &'a Discovery, entry: &'a NodeEntry) -> Result<&'a FleetNode, Absence> {
    let id = entry.node_id.as_ref().ok_or(Absence::InfraNamesNoNode)?;
    let mut found = discovery.nodes_of(id);
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(Absence::SeveralNodes),
        (Some(node), None) if node.is_automation_node() => Ok(node),
        (Some(node), None) => Err(Absence::OtherType(node.node_type.clone())),
        (None, _) if discovery.completeness.is_whole() => Err(Absence::NotListed),
        (None, _) => Err(Absence::ListHasGaps),
    }
}

fn reason_to_leave_out(
    discovery: &Discovery,
    node: &FleetNode,
    infras: &[InfraSettings],
) -> Option<LeftOutReason> {
    if discovery.nodes_of(&node.node_id).nth(1).is_some() {
        return Some(LeftOutReason::SeveralNodes);
    }
    let by_hand: Vec<InfraId> = infras
        .iter()
        .filter(|infra| has_by_hand(infra, node))
        .map(|infra| infra.id.clone())
        .collect();
    if !by_hand.is_empty() {
        return Some(LeftOutReason::RegisteredByHand(by_hand));
    }
    match &node.registration {
        Registration::Automatic => None,
        Registration::Off => Some(LeftOutReason::RegistrationOff),
        Registration::Unknown(why) => Some(LeftOutReason::RegistrationUnknown(why.clone())),
    }
}

/// Whether an infrastructure that does not come from the fleet has the node, by id or by address.
fn has_by_hand(infra: &InfraSettings, node: &FleetNode) -> bool {
    if matches!(infra.target, Target::Fleet(_)) {
        return false;
    }
    let is_it = |entry: &NodeEntry| {
        let same_address = entry.address.is_some() && entry.address.as_ref() == node.url.known();
        entry.node_id.as_ref() == Some(&node.node_id) || same_address
    };
    infra.target.entries().iter().any(is_it)
}

#[cfg(test)]
mod tests;
