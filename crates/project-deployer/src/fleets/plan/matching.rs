//! Which node of an answer is that of which infrastructure: by the instance, else by the name (A12).

use std::collections::BTreeMap;

use project_deployer_client::fleet::{Discovery, FleetNode};
use project_deployer_core::{InfraId, NodeId};

use super::Member;

/// The node of each infrastructure, as far as one is reported, and why none can be said to be it.
#[derive(Debug, Default)]
pub(super) struct Matches<'a> {
    pub(super) nodes: BTreeMap<&'a InfraId, &'a FleetNode>,
    pub(super) conflicts: BTreeMap<&'a InfraId, String>,
}

impl<'a> Matches<'a> {
    pub(super) fn of(members: &'a [Member], seen: &'a Discovery) -> Self {
        let mut instances: BTreeMap<&str, Vec<&FleetNode>> = BTreeMap::new();
        for node in &seen.nodes {
            if let Some(instance) = &node.instance {
                instances.entry(instance.as_str()).or_default().push(node);
            }
        }
        let mut matches = Self::default();
        for member in members {
            let instance = member.marker.instance.as_deref();
            let nodes = instance.and_then(|instance| instances.get(instance));
            // Listed twice under its name, it is judged by that name.
            let is_its_name = |node: &FleetNode, rest: &[&FleetNode]| {
                let name = &member.marker.node;
                node.node_id == *name && rest.iter().all(|it| it.node_id == *name)
            };
            match nodes.map(Vec::as_slice) {
                Some([node, rest @ ..]) if rest.is_empty() || is_its_name(node, rest) => {
                    matches.nodes.insert(&member.infra.id, node);
                }
                Some([_, ..]) => matches.conflict(
                    member,
                    format!(
                        "the fleet reports several nodes for the instance of node `{}`; correct it there",
                        member.marker.node
                    ),
                ),
                _ => matches.by_name(member, seen),
            }
        }
        matches.leave_each_node_to_one(members);
        matches
    }

    /// The instance is not listed, or not known. A name that another instance has now is that of another node.
    fn by_name(&mut self, member: &'a Member, seen: &'a Discovery) {
        let known = member.marker.instance.as_deref();
        let Some(node) = seen.nodes.iter().find(|node| node.node_id == member.marker.node) else {
            return;
        };
        match (known, &node.instance) {
            (Some(known), Some(instance)) if known != instance.as_str() => self.conflict(
                member,
                format!(
                    "`{}` is the name of another instance of the fleet now ({instance} instead of {known}), so nothing of it \
                     is changed; if it is the same node made anew, release the infrastructure and adopt it",
                    node.node_id
                ),
            ),
            _ => {
                self.nodes.insert(&member.infra.id, node);
            }
        }
    }

    /// A node that two infrastructures would have is left to the one whose instance it is, else to none.
    fn leave_each_node_to_one(&mut self, members: &'a [Member]) {
        let mut claims: BTreeMap<&NodeId, Vec<(&Member, bool)>> = BTreeMap::new();
        for member in members {
            if let Some(node) = self.nodes.get(&member.infra.id) {
                let instance = node.instance.as_ref().map(|it| it.as_str());
                let is_its = instance.is_some() && instance == member.marker.instance.as_deref();
                claims.entry(&node.node_id).or_default().push((member, is_its));
            }
        }
        for (node, claims) in claims.into_iter().filter(|(_, claims)| claims.len() > 1) {
            let has_owner = claims.iter().filter(|(_, is_its)| *is_its).count() == 1;
            let names: Vec<_> = claims.iter().map(|(it, _)| format!("`{}`", it.infra.id)).collect();
            for (member, _) in claims.into_iter().filter(|(_, is_its)| !(has_owner && *is_its)) {
                let text = format!(
                    "infrastructures {} have node `{node}` alike, so nothing of this one is changed; release all but one",
                    names.join(" and ")
                );
                self.conflict(member, text);
            }
        }
    }

    fn conflict(&mut self, member: &'a Member, text: String) {
        self.nodes.remove(&member.infra.id);
        self.conflicts.insert(&member.infra.id, text);
    }

    /// The id of the node of an infrastructure in this answer; the known one if it has none.
    pub(super) fn node_id(&self, member: &'a Member) -> &'a NodeId {
        self.nodes.get(&member.infra.id).map_or(&member.marker.node, |node| &node.node_id)
    }
}
