use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::fleet::{
    Absence, AnswerDigest, AnswerVerdict, Discovery, FleetComparison, FleetNode, NoLongerReported,
    Registration, ShrinkGuard, compare,
};
use project_deployer_core::InfraId;
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};

use super::addresses::{Addresses, Move};
use super::matching::Matches;
use super::{
    FleetAction, FleetActionKind, FleetNote, FleetNoteKind, FleetPlan, Known, ManagedField, Member,
    Shrunken, Wanted,
};
use crate::fleets::{loses_its_key, wanted_entry};

/// What a synchronization does. `confirmed` is the digest of an answer that somebody confirmed.
pub(crate) fn plan_sync(
    known: Known<'_>,
    answer: &Discovery,
    confirmed: Option<&str>,
) -> FleetPlan {
    let digest = AnswerDigest::of(answer);
    let seen = judged(known, answer);
    let matches = Matches::of(known.members, &seen);
    let comparison = compare(&seen, &compared(known, &matches));
    let shrunken = shrunken(known, answer, &comparison, confirmed);
    let mut decision = Decision {
        known,
        // An answer that waits is shown as it would be carried out.
        is_confirmed: shrunken.is_some() || confirmed == Some(digest.as_str()),
        addresses: Addresses::of(&seen, known),
        ids: ids(known),
        actions: Vec::new(),
        notes: Vec::new(),
        unchanged: 0,
    };
    decision.note_gaps(answer);
    decision.members(&comparison, &matches);
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
    let instances = known.unreadable.iter().filter_map(|marker| marker.instance.as_deref());
    let instances: BTreeSet<&str> = instances.collect();
    seen.nodes.retain(|node| {
        let instance = node.instance.as_ref();
        !unreadable.contains(&node.node_id)
            && !instance.is_some_and(|instance| instances.contains(instance.as_str()))
    });
    if known.fleet.register_all {
        for node in &mut seen.nodes {
            node.registration = Registration::Automatic;
        }
    }
    seen
}

/// The infrastructures as the comparison takes them: it counts every infrastructure from a fleet as one of this fleet.
fn compared<'a>(known: Known<'a>, matches: &Matches<'a>) -> Vec<InfraSettings> {
    let ours = known.members.iter().map(|member| {
        let node = matches.node_id(member).clone();
        let entry = entry_of(&member.infra).with_node_id(Some(node));
        member.infra.clone().with_target(Target::Fleet(entry))
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

/// Whether the answer needs a confirmation. Nodes whose absence somebody confirmed are not counted again; those that went
/// into quarantine without a question are, or a fleet could lose all its nodes step by step (I4).
fn shrunken(
    known: Known<'_>,
    answer: &Discovery,
    comparison: &FleetComparison,
    confirmed: Option<&str>,
) -> Option<Shrunken> {
    let is_confirmed =
        |it: &&Member| it.marker.quarantine.as_ref().is_some_and(|quarantine| quarantine.confirmed);
    let known_absent = known.members.iter().filter(is_confirmed);
    let known_absent: BTreeSet<&InfraId> = known_absent.map(|it| &it.infra.id).collect();
    let mut active = comparison.clone();
    // A name that several nodes have is not missing.
    let is_missing = |it: &NoLongerReported| {
        it.absence != Absence::SeveralNodes && !known_absent.contains(&it.infra)
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
    ours.chain(unreadable).chain(others).chain(known.unclear).cloned().collect()
}

pub(super) struct Decision<'a> {
    pub(super) known: Known<'a>,
    pub(super) is_confirmed: bool,
    pub(super) addresses: Addresses,
    /// The ids of all infrastructures, and of those that are registered now.
    pub(super) ids: BTreeSet<InfraId>,
    pub(super) actions: Vec<FleetAction>,
    pub(super) notes: Vec<FleetNote>,
    unchanged: usize,
}

impl Decision<'_> {
    fn members(&mut self, comparison: &FleetComparison, matches: &Matches<'_>) {
        let absent = comparison.no_longer_reported.iter().map(|it| (&it.infra, it));
        let absent: BTreeMap<&InfraId, &NoLongerReported> = absent.collect();
        let node_of = |member: &Member| {
            let node = matches.nodes.get(&member.infra.id).copied();
            node.filter(|_| !absent.contains_key(&member.infra.id))
        };
        let reported: Vec<_> = self.known.members.iter().map(|it| (it, node_of(it))).collect();
        let moves = reported.iter().map(|(member, node)| Move {
            infra: &member.infra.id,
            from: member.infra.target.entries().first().and_then(|entry| entry.address.as_ref()),
            to: node.and_then(|node| node.url.known()),
        });
        let staying = self.addresses.settle(&moves.collect::<Vec<_>>());
        for (member, node) in reported {
            if let Some(conflict) = matches.conflicts.get(&member.infra.id) {
                self.note_of(member, FleetNoteKind::Conflict, conflict.clone());
                continue;
            }
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
        let address = entry.address.as_ref();
        if let Some(other) = address.and_then(|it| self.addresses.holder_beside(it, &infra.id)) {
            let text = format!(
                "infrastructure `{other}` has the address of its node as well: both deploy to one node; delete one of \
                 them, or correct its address"
            );
            let note = FleetNote::new(FleetNoteKind::Conflict, text);
            self.notes.push(note.about_infra(&infra.id).about_node(&node.node_id));
        }
        if loses_its_key(&current, &entry) {
            let text = "its admin key belongs to another address or another trust in certificates, and the fleet reports \
                        none, so it is removed; set it by hand";
            let note = FleetNote::new(FleetNoteKind::FieldMissing, text);
            self.notes.push(note.about_infra(&infra.id).about_node(&node.node_id));
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
        // A service that does not say it for once is no reason to forget it.
        let instance = node.instance.as_ref().map(ToString::to_string);
        let instance = instance.or_else(|| marker.instance.clone());
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
            is_confirmed: self.is_confirmed,
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
        if marker.quarantine.as_ref().is_some_and(|old| old.confirmed || !self.is_confirmed) {
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
            is_confirmed: self.is_confirmed,
        });
    }

    fn note_missing(&mut self, member: &Member, text: String) {
        self.note_of(member, FleetNoteKind::Missing, text);
    }

    /// An infrastructure that stays as it is.
    fn note_of(&mut self, member: &Member, kind: FleetNoteKind, text: String) {
        self.unchanged += 1;
        let note = FleetNote::new(kind, text);
        self.notes.push(note.about_infra(&member.infra.id).about_node(&member.marker.node));
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
