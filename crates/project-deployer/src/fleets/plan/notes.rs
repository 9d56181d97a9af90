//! What a synchronization does not do, and why.

use project_deployer_client::fleet::{
    Completeness, Discovery, FleetComparison, FleetField, LeftOut, LeftOutReason,
};

use super::decide::Decision;
use super::{FleetAction, FleetNote, FleetNoteKind, ManagedField};

impl Decision<'_> {
    pub(super) fn note_gaps(&mut self, answer: &Discovery) {
        if let Completeness::Partial(gaps) = &answer.completeness {
            let gaps = gaps.iter().map(|gap| FleetNote::new(FleetNoteKind::Gap, gap.to_string()));
            self.notes.extend(gaps);
        }
        for marker in self.known.unreadable {
            let text =
                "the infrastructure cannot be read, so nothing of it is changed; look at the log";
            let note = FleetNote::new(FleetNoteKind::Unreadable, text);
            self.notes.push(note.about_infra(&marker.infra).about_node(&marker.node));
        }
        for infra in self.known.unclear {
            let text =
                "the infrastructure cannot be read, so no node is registered; look at the log";
            let note = FleetNote::new(FleetNoteKind::Unreadable, text);
            self.notes.push(note.about_infra(infra));
        }
    }

    pub(super) fn note_fields(&mut self, comparison: &FleetComparison) {
        for missing in &comparison.fields_no_longer_reported {
            let field = match missing.field {
                FleetField::AdminKey => ManagedField::AdminKey,
                _ => ManagedField::Address,
            };
            let is_changed =
                |it: &FleetAction| it.infra == missing.infra && it.fields.contains(&field);
            if self.actions.iter().any(is_changed) {
                continue;
            }
            let text = format!("{field} stays as it is: {}", missing.reason);
            let note = FleetNote::new(FleetNoteKind::FieldMissing, text);
            self.notes.push(note.about_infra(&missing.infra));
        }
    }

    pub(super) fn note_left_out(&mut self, left_out: &[LeftOut]) {
        for LeftOut { node_id, reason, .. } in left_out {
            let (kind, infra, text) = match reason {
                LeftOutReason::RegisteredByHand(infras) => {
                    let names: Vec<_> = infras.iter().map(|id| format!("`{id}`")).collect();
                    let text = format!(
                        "infrastructure {} has this node, and the fleet does not manage it; adopt it, or ignore the node",
                        names.join(", ")
                    );
                    (FleetNoteKind::Conflict, infras.first(), text)
                }
                LeftOutReason::RegistrationOff => {
                    let text = "the fleet registers no nodes of its network with a Deployer";
                    (FleetNoteKind::LeftOut, None, text.to_owned())
                }
                LeftOutReason::RegistrationUnknown(why) => {
                    let text = format!("whether the fleet registers it is unknown: {why}");
                    (FleetNoteKind::LeftOut, None, text)
                }
                _ => {
                    let text = "several nodes have this id; rename all but one in the fleet";
                    (FleetNoteKind::LeftOut, None, text.to_owned())
                }
            };
            let is_ignored = self.known.fleet.ignored_nodes.contains(node_id);
            if !is_ignored {
                let note = FleetNote { infra: infra.cloned(), ..FleetNote::new(kind, text) };
                self.notes.push(note.about_node(node_id));
            }
        }
    }
}
