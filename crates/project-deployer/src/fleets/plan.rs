//! What a synchronization of a fleet does: a pure function of its settings, of what the fleet reports, and of the
//! infrastructures that there are (I1, I3, I4).

mod addresses;
mod decide;
mod matching;
mod notes;
mod register;

use std::collections::BTreeSet;

use project_deployer_core::infra::{InfraSettings, NodeEntry};
use project_deployer_core::{FleetId, InfraId, NodeId};
use serde::{Deserialize, Serialize};

pub(crate) use self::decide::plan_sync;
use super::{FleetSettings, ManagedField, ManagedInfra};

/// What a plan is made of, apart from the answer of the fleet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) fleet: &'a FleetSettings,
    /// The infrastructures that this fleet manages.
    pub(crate) members: &'a [Member],
    /// Those of them whose settings cannot be read.
    pub(crate) unreadable: &'a [ManagedInfra],
    /// All other infrastructures, also those of other fleets.
    pub(crate) others: &'a [InfraSettings],
    /// Infrastructures of which it is unknown what node they have, or whether this fleet manages them.
    pub(crate) unclear: &'a [InfraId],
}

/// An infrastructure that the fleet manages, with the keys of its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) infra: InfraSettings,
    pub(crate) marker: ManagedInfra,
}

/// What a synchronization of a fleet would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FleetPlan {
    /// The fleet.
    pub fleet: FleetId,
    /// The service that answered.
    pub service: String,
    /// How many nodes it reports.
    pub reported: usize,
    /// How many infrastructures the fleet manages so far.
    pub registered: usize,
    /// How many of them stay as they are.
    pub unchanged: usize,
    /// The digest of the answer, by which it is confirmed.
    pub answer: String,
    /// Set if the answer lacks so many nodes that nothing is done before somebody has confirmed exactly this answer (I4).
    pub shrunken: Option<Shrunken>,
    /// What is done: while the answer is not confirmed, what would be.
    pub actions: Vec<FleetAction>,
    /// What is not done, and why.
    pub notes: Vec<FleetNote>,
}

/// How many nodes an answer lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Shrunken {
    /// The infrastructures whose node is missing.
    pub missing: usize,
    /// The infrastructures that the fleet manages, without those whose absence was confirmed.
    pub registered: usize,
}

/// What is done with one infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FleetAction {
    /// What.
    pub kind: FleetActionKind,
    /// The infrastructure.
    pub infra: InfraId,
    /// Its node.
    pub node: NodeId,
    /// The fields that change.
    pub fields: BTreeSet<ManagedField>,
    /// Why.
    pub reason: String,
    /// None for a quarantine, which changes nothing else.
    #[serde(skip)]
    pub(crate) wanted: Option<Wanted>,
    /// Whether somebody confirmed the answer, or has to before it is carried out.
    #[serde(skip)]
    pub(crate) is_confirmed: bool,
}

/// What an infrastructure becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) entry: NodeEntry,
    pub(crate) fields: BTreeSet<ManagedField>,
    pub(crate) instance: Option<String>,
}

/// The kinds of action, in the order in which they are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FleetActionKind {
    /// Its node vanished: no update is started there (I3).
    Quarantine,
    /// Fields that the fleet manages change.
    Update,
    /// Its node is back.
    Lift,
    /// The infrastructure is created.
    Register,
}

/// What a synchronization does not do, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FleetNote {
    /// What kind of note.
    pub kind: FleetNoteKind,
    /// The infrastructure, if it is about one.
    pub infra: Option<InfraId>,
    /// The node, if it is about one.
    pub node: Option<NodeId>,
    /// What is so, and what to do.
    pub text: String,
}

/// The kinds of note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FleetNoteKind {
    /// The list may be incomplete.
    Gap,
    /// A node is not registered.
    LeftOut,
    /// A node may be that of another infrastructure: never taken over silently.
    Conflict,
    /// A node is not reported, and its infrastructure stays as it is.
    Missing,
    /// A field is not reported, and stays as it is.
    FieldMissing,
    /// An infrastructure could not be read.
    Unreadable,
}

impl FleetPlan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }
}

impl FleetNote {
    pub(crate) fn new(kind: FleetNoteKind, text: impl Into<String>) -> Self {
        Self { kind, infra: None, node: None, text: text.into() }
    }

    pub(crate) fn about_infra(self, infra: &InfraId) -> Self {
        Self { infra: Some(infra.clone()), ..self }
    }

    pub(crate) fn about_node(self, node: &NodeId) -> Self {
        Self { node: Some(node.clone()), ..self }
    }
}
