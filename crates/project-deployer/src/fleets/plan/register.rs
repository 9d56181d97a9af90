//! Registers nodes that no infrastructure has.

use std::collections::BTreeSet;

use project_deployer_client::fleet::{FleetAdminKey, FleetNode, FleetUrl, Unknown};
use project_deployer_core::InfraId;
use project_deployer_core::infra::NodeEntry;

use super::decide::Decision;
use super::{FleetAction, FleetActionKind, FleetNote, FleetNoteKind, Wanted};
use crate::fleets::wanted_entry;

fn left_out(text: String) -> FleetNote {
    FleetNote::new(FleetNoteKind::LeftOut, text)
}

impl Decision<'_> {
    /// Registers nodes that no infrastructure has.
    pub(super) fn register(&mut self, added: &[FleetNode]) {
        let mut added: Vec<&FleetNode> = added.iter().collect();
        added.sort_by(|one, other| one.node_id.cmp(&other.node_id));
        let unclear = self.known.unclear.first().map(|infra| {
            left_out(format!(
                "whether infrastructure `{infra}` has it is unknown, since that one cannot be read; it is registered when all can"
            ))
        });
        for node in added {
            if self.known.fleet.ignored_nodes.contains(&node.node_id) {
                continue;
            }
            let registered = match &unclear {
                None => self.registered(node),
                Some(note) => Err(note.clone()),
            };
            match registered {
                Ok(action) => self.actions.push(action),
                Err(note) => self.notes.push(note.about_node(&node.node_id)),
            }
        }
    }

    fn registered(&mut self, node: &FleetNode) -> Result<FleetAction, FleetNote> {
        let infra = self.known.fleet.infra_id_of(&node.node_id).map_err(left_out)?;
        if self.ids.contains(&infra) {
            let text = format!(
                "infrastructure `{infra}` exists and is not that of this node; adopt it, or write another `infraId`"
            );
            return Err(FleetNote::new(FleetNoteKind::Conflict, text).about_infra(&infra));
        }
        self.may_be_reached(&infra, node)?;
        let (entry, fields) =
            wanted_entry(self.known.fleet, &NodeEntry::default(), &BTreeSet::new(), node);
        if let Some(address) = &entry.address {
            self.addresses.take(address, &infra);
        }
        self.ids.insert(infra.clone());
        let reason = match (&entry.address, &entry.admin_api_key) {
            (Some(_), Some(_)) => "the fleet reports its node",
            (None, Some(_)) => "the fleet reports its node; set the address by hand",
            (Some(_), None) => "the fleet reports its node; set the admin key by hand",
            (None, None) => "the fleet reports its node; set address and admin key by hand",
        };
        let instance = node.instance.as_ref().map(ToString::to_string);
        Ok(FleetAction {
            kind: FleetActionKind::Register,
            node: node.node_id.clone(),
            infra,
            fields: fields.clone(),
            reason: reason.to_owned(),
            wanted: Some(Wanted { entry, fields, instance }),
            is_confirmed: self.is_confirmed,
        })
    }

    /// Whether calls can reach the node, or its address is set by hand, and no other infrastructure has it.
    fn may_be_reached(&self, infra: &InfraId, node: &FleetNode) -> Result<(), FleetNote> {
        match &node.url {
            FleetUrl::Known(address) => {
                if let Some(objection) = self.addresses.objection(address, infra) {
                    return Err(FleetNote::new(FleetNoteKind::Conflict, objection));
                }
            }
            FleetUrl::NotPublished(Unknown::NeverReported) => {}
            FleetUrl::NotPublished(why) => {
                return Err(left_out(format!("it has no address: {why}")));
            }
        }
        match &node.admin_key {
            FleetAdminKey::Unknown(why @ Unknown::AskFailed(_)) => {
                Err(left_out(format!("its admin key could not be read: {why}")))
            }
            _ => Ok(()),
        }
    }
}
