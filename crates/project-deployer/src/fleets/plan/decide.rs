use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::fleet::{
    Absence, AnswerDigest, AnswerVerdict, Completeness, Discovery, FleetComparison, FleetField,
    FleetNode, LeftOut, LeftOutReason, NoLongerReported, Registration, ShrinkGuard, compare,
};
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::{InfraId, NodeId};

use super::addresses::{Addresses, Move};
use super::{
    FleetAction, FleetActionKind, FleetNote, FleetNoteKind, FleetPlan, Known, ManagedField, Member,
    Shrunken, Wanted,
};
use crate::fleets::wanted_entry;

/// What a synchronization does. `confirmed` is the digest of an answer that somebody confirmed.
pub(crate) fn plan_sync(
    known: Known<'_>,
    answer: &Discovery,
    confirmed: Option<&str>,
) -> FleetPlan {
    let digest = AnswerDigest::of(answer);
    let seen = judged(known, answer);
    let renamed = renamed(known.members, &seen);
    let comparison = compare(&seen, &compared(known, &renamed));
    let shrunken = shrunken(known, answer, &comparison, confirmed);
    let mut decision = Decision {
        known,
        seen: &seen,
        // An answer that waits is shown as it would be carried out.
        is_confirmed: shrunken.is_some() || confirmed == Some(digest.as_str()),
        addresses: Addresses::of(&seen, known.others),
        ids: ids(known),
        actions: Vec::new(),
        notes: Vec::new(),
        unchanged: 0,
    };
    decision.note_gaps(answer);
    decision.members(&comparison, &renamed);
    decision.note_fields(&comparison);
    decision.note_left_out(&comparison.left_out);
    decision.register(&comparison.added);
    let Decision { mut actions, notes, unchanged, .. } = decision;
    actions.sort_by(|one, other| (one.kind, &one.infra).cmp(&(other.kind, &other.infra)));
    FleetPlan {
        fleet: known.fleet.id.clone(),
        service: answer.service.clone(),
        reported: answer.nodes.len(),
        registered: known.members.len(),
        unchanged,
        answer: digest.as_str().to_owned(),
        shrunken,
        actions,
        notes,
    }
}

/// The answer, in which the settings of the fleet say what is registered, without the nodes of infrastructures that cannot
/// be read.
fn judged(known: Known<'_>, answer: &Discovery) -> Discovery {
    let mut seen = answer.clone();
    let unreadable: BTreeSet<_> = known.unreadable.iter().map(|marker| &marker.node).collect();
    seen.nodes.retain(|node| !unreadable.contains(&node.node_id));
    if known.fleet.register_all {
        for node in &mut seen.nodes {
            node.registration = Registration::Automatic;
        }
    }
    seen
}

/// Nodes that have another name and are the same instance of a Fleet Manager (A12), by their infrastructure.
fn renamed<'a>(members: &'a [Member], seen: &'a Discovery) -> BTreeMap<&'a InfraId, &'a FleetNode> {
    let names: BTreeSet<&NodeId> = members.iter().map(|member| &member.marker.node).collect();
    let listed: BTreeSet<&NodeId> = seen.nodes.iter().map(|node| &node.node_id).collect();
    let mut instances: BTreeMap<&str, Vec<&FleetNode>> = BTreeMap::new();
    for node in seen.nodes.iter().filter(|node| !names.contains(&node.node_id)) {
        if let Some(instance) = &node.instance {
            instances.entry(instance.as_str()).or_default().push(node);
        }
    }
    let new_name = |member: &'a Member| {
        let instance = member.marker.instance.as_deref()?;
        match instances.get(instance)?.as_slice() {
            [node] if !listed.contains(&member.marker.node) => Some((&member.infra.id, *node)),
            _ => None,
        }
    };
    members.iter().filter_map(new_name).collect()
}

/// The infrastructures as the comparison takes them: it counts every infrastructure from a fleet as one of this fleet.
fn compared(known: Known<'_>, renamed: &BTreeMap<&InfraId, &FleetNode>) -> Vec<InfraSettings> {
    let ours = known.members.iter().map(|Member { infra, marker }| {
        let node = renamed.get(&infra.id).map_or(&marker.node, |node| &node.node_id);
        let entry = entry_of(infra).with_node_id(Some(node.clone()));
        infra.clone().with_target(Target::Fleet(entry))
    });
    let others = known.others.iter().map(|infra| match &infra.target {
        Target::Fleet(entry) => infra.clone().with_target(Target::SingleNode(entry.clone())),
        _ => infra.clone(),
    });
    ours.chain(others).collect()
}

fn entry_of(infra: &InfraSettings) -> NodeEntry {
    infra.target.entries().first().cloned().unwrap_or_default()
}

/// Whether the answer needs a confirmation. Nodes that are in quarantine already are missing in every answer.
fn shrunken(
    known: Known<'_>,
    answer: &Discovery,
    comparison: &FleetComparison,
    confirmed: Option<&str>,
) -> Option<Shrunken> {
    let in_quarantine = known.members.iter().filter(|member| member.marker.quarantine.is_some());
    let in_quarantine: BTreeSet<&InfraId> = in_quarantine.map(|it| &it.infra.id).collect();
    let mut active = comparison.clone();
    // A name that several nodes have is not missing.
    let is_missing = |it: &NoLongerReported| {
        it.absence != Absence::SeveralNodes && !in_quarantine.contains(&it.infra)
    };
    active.no_longer_reported.retain(is_missing);
    let guard = ShrinkGuard::of_percent(known.fleet.most_missing_percent);
    match guard.judge(answer, &active, confirmed) {
        AnswerVerdict::NeedsConfirmation { missing, registered, .. } => {
            Some(Shrunken { missing, registered })
        }
        _ => None,
    }
}

/// The ids of all infrastructures.
fn ids(known: Known<'_>) -> BTreeSet<InfraId> {
    let ours = known.members.iter().map(|member| &member.infra.id);
    let unreadable = known.unreadable.iter().map(|marker| &marker.infra);
    let others = known.others.iter().map(|infra| &infra.id);
    ours.chain(unreadable).chain(others).cloned().collect()
}

pub(super) struct Decision<'a> {
    pub(super) known: Known<'a>,
    seen: &'a Discovery,
    is_confirmed: bool,
    pub(super) addresses: Addresses,
    /// The ids of all infrastructures, and of those that are registered now.
    pub(super) ids: BTreeSet<InfraId>,
    pub(super) actions: Vec<FleetAction>,
    pub(super) notes: Vec<FleetNote>,
    unchanged: usize,
}

impl Decision<'_> {
    fn note_gaps(&mut self, answer: &Discovery) {
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
    }

    fn members(&mut self, comparison: &FleetComparison, renamed: &BTreeMap<&InfraId, &FleetNode>) {
        let absent = comparison.no_longer_reported.iter().map(|it| (&it.infra, it));
        let absent: BTreeMap<&InfraId, &NoLongerReported> = absent.collect();
        let nodes: BTreeMap<&NodeId, &FleetNode> =
            self.seen.nodes.iter().map(|node| (&node.node_id, node)).collect();
        let node_of = |member: &Member| {
            let id = &member.infra.id;
            let by_name = || nodes.get(&member.marker.node).copied();
            let node = renamed.get(id).copied().or_else(by_name);
            node.filter(|_| !absent.contains_key(id))
        };
        let reported: Vec<_> = self.known.members.iter().map(|it| (it, node_of(it))).collect();
        let moves = reported.iter().map(|(member, node)| Move {
            infra: &member.infra.id,
            from: member.infra.target.entries().first().and_then(|entry| entry.address.as_ref()),
            to: node.and_then(|node| node.url.known()),
        });
        let staying = self.addresses.settle(&moves.collect::<Vec<_>>());
        for (member, node) in reported {
            match (node, absent.get(&member.infra.id)) {
                (Some(node), _) => self.reported(member, node, staying.get(&member.infra.id)),
                (None, Some(missing)) => self.absent(member, &missing.absence),
                (None, None) => self.absent(member, &Absence::ListHasGaps),
            }
        }
    }

    /// The node is reported: fields may change, and a quarantine ends.
    fn reported(&mut self, member: &Member, node: &FleetNode, objection: Option<&String>) {
        let Member { infra, marker } = member;
        let current = entry_of(infra);
        let (entry, managed) = wanted_entry(self.known.fleet, &current, &marker.fields, node);
        if let Some(objection) = objection {
            let text =
                format!("the fleet reports another address, which is not taken over: {objection}");
            let note = FleetNote::new(FleetNoteKind::Conflict, text);
            self.notes.push(note.about_infra(&infra.id).about_node(&node.node_id));
            return;
        }
        let is_fleet = matches!(infra.target, Target::Fleet(_));
        let changes = [
            (ManagedField::Node, !is_fleet || current.node_id != entry.node_id),
            (ManagedField::Address, current.address != entry.address),
            (ManagedField::AdminKey, current.admin_api_key != entry.admin_api_key),
            (
                ManagedField::TrustAllCertificates,
                current.trust_all_certificates != entry.trust_all_certificates,
            ),
        ];
        let changes = changes.into_iter().filter(|(_, differs)| *differs);
        let fields: BTreeSet<_> = changes.map(|(field, _)| field).collect();
        let instance = node.instance.as_ref().map(ToString::to_string);
        let is_same = fields.is_empty() && managed == marker.fields && instance == marker.instance;
        let kind = match &marker.quarantine {
            Some(_) => FleetActionKind::Lift,
            None if is_same => {
                self.unchanged += 1;
                return;
            }
            None => FleetActionKind::Update,
        };
        let reason = reason_of(kind, &fields, &current, &entry);
        self.actions.push(FleetAction {
            kind,
            infra: infra.id.clone(),
            node: node.node_id.clone(),
            fields,
            reason,
            wanted: Some(Wanted { entry, fields: managed, instance }),
        });
    }

    /// The node is not reported, or not as a node that bundles can be deployed to. Nothing is removed (I3).
    fn absent(&mut self, member: &Member, absence: &Absence) {
        let marker = &member.marker;
        let node = &marker.node;
        let reason = match absence {
            Absence::NotListed => format!("the fleet no longer lists node `{node}`"),
            Absence::OtherType(kind) => {
                format!("the fleet says that node `{node}` is of the type {kind}")
            }
            Absence::ListHasGaps if self.is_confirmed => {
                format!("the fleet no longer lists node `{node}`, and the answer was confirmed")
            }
            Absence::SeveralNodes => {
                let text =
                    format!("several nodes are called `{node}`, so nothing of it is changed");
                return self.note_missing(member, text);
            }
            _ => {
                let text = format!(
                    "node `{node}` is not in the list, and the list may be incomplete, so nothing of it is changed"
                );
                return self.note_missing(member, text);
            }
        };
        if marker.quarantine.is_some() {
            self.unchanged += 1;
            return;
        }
        self.actions.push(FleetAction {
            kind: FleetActionKind::Quarantine,
            infra: member.infra.id.clone(),
            node: node.clone(),
            fields: BTreeSet::new(),
            reason,
            wanted: None,
        });
    }

    fn note_missing(&mut self, member: &Member, text: String) {
        self.unchanged += 1;
        let note = FleetNote::new(FleetNoteKind::Missing, text);
        self.notes.push(note.about_infra(&member.infra.id).about_node(&member.marker.node));
    }

    fn note_fields(&mut self, comparison: &FleetComparison) {
        for missing in &comparison.fields_no_longer_reported {
            let field = match missing.field {
                FleetField::AdminKey => ManagedField::AdminKey,
                _ => ManagedField::Address,
            };
            let text = format!("{field} stays as it is: {}", missing.reason);
            let note = FleetNote::new(FleetNoteKind::FieldMissing, text);
            self.notes.push(note.about_infra(&missing.infra));
        }
    }

    fn note_left_out(&mut self, left_out: &[LeftOut]) {
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

fn reason_of(
    kind: FleetActionKind,
    fields: &BTreeSet<ManagedField>,
    old: &NodeEntry,
    new: &NodeEntry,
) -> String {
    let shown = |field: &ManagedField| {
        let text = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
        match field {
            ManagedField::Node => {
                let (old, new) = (old.node_id.as_ref(), new.node_id.as_ref());
                let (old, new) = (old.map(ToString::to_string), new.map(ToString::to_string));
                format!("{field} ({} becomes {})", text(old), text(new))
            }
            ManagedField::Address => {
                let (old, new) = (old.address.as_ref(), new.address.as_ref());
                let (old, new) = (old.map(ToString::to_string), new.map(ToString::to_string));
                format!("{field} ({} becomes {})", text(old), text(new))
            }
            ManagedField::AdminKey | ManagedField::TrustAllCertificates => field.to_string(),
        }
    };
    let changed: Vec<_> = fields.iter().map(shown).collect();
    let begin = match kind {
        FleetActionKind::Lift => "the fleet reports its node again",
        _ => "the fleet reports its node in another way",
    };
    if changed.is_empty() { begin.to_owned() } else { format!("{begin}: {}", changed.join(", ")) }
}
