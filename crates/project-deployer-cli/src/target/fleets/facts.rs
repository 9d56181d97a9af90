//! What is known of fleets, from here or from there.

use project_deployer::fleets::{
    FleetAction, FleetChangeDone, FleetNote, FleetOverview, FleetPlan, FleetSync, ManagedInfra,
};
use project_deployer_client::request::frontend::fleets::{
    FleetFound, FleetLineFound, FleetRemarkFound, FleetResultFound, ManagedFound,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::target::watching::text;

/// A fleet, with what is known of it and without its secrets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FleetFacts {
    pub(crate) id: String,
    pub(crate) settings: Value,
    pub(crate) read: Option<String>,
    pub(crate) problem: Option<String>,
    pub(crate) pending: Option<PendingFacts>,
    pub(crate) notes: Vec<LineFacts>,
    last_change: Option<ChangeFacts>,
    pub(crate) infras: Vec<ManagedFacts>,
}

/// An answer that waits for a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendingFacts {
    answer: String,
    pub(crate) missing: usize,
    pub(crate) registered: usize,
    since: String,
}

/// The last synchronization that changed something, or failed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct ChangeFacts {
    at: Option<String>,
    changes: Vec<LineFacts>,
    more: usize,
}

/// An infrastructure that a fleet manages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedFacts {
    infra: String,
    node: String,
    fields: Vec<String>,
    pub(crate) quarantined_since: Option<String>,
    quarantine_reason: Option<String>,
}

/// What is done with an infrastructure, or is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LineFacts {
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    infra: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<String>,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

/// What a synchronization does or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FleetWork {
    /// The digest of the answer of the fleet.
    pub(crate) answer: String,
    /// Set if nothing is done before the answer is confirmed: how many nodes are missing, and of how many.
    pub(crate) waiting: Option<(usize, usize)>,
    pub(crate) changes: Vec<LineFacts>,
    pub(crate) notes: Vec<LineFacts>,
}

impl FleetWork {
    /// Whether something could not be done.
    pub(crate) fn has_failed(&self) -> bool {
        self.changes.iter().any(|change| change.failure.is_some())
    }
}

impl LineFacts {
    /// What has to be confirmed.
    pub(crate) fn to_confirm(reason: String) -> Self {
        let kind = "confirm".to_owned();
        Self { kind, infra: None, node: None, fields: Vec::new(), reason, failure: None }
    }
}

/// The word for a value in documents.
fn word(value: &impl Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}

impl From<FleetOverview> for FleetFacts {
    fn from(fleet: FleetOverview) -> Self {
        let state = fleet.state;
        Self {
            id: fleet.settings.id.to_string(),
            settings: json!(fleet.settings),
            read: text(state.read),
            problem: state.problem,
            pending: state.pending.map(|it| PendingFacts {
                answer: it.answer,
                missing: it.shrunken.missing,
                registered: it.shrunken.registered,
                since: it.since.to_string(),
            }),
            notes: state.notes.into_iter().map(Into::into).collect(),
            last_change: state.last_change.map(|it| ChangeFacts {
                at: Some(it.at.to_string()),
                changes: it.changes.into_iter().map(Into::into).collect(),
                more: it.more,
            }),
            infras: fleet.infras.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<FleetFound> for FleetFacts {
    fn from(fleet: FleetFound) -> Self {
        Self {
            id: fleet.id.to_string(),
            settings: fleet.settings,
            read: text(fleet.read),
            problem: fleet.problem,
            pending: fleet.pending.map(|it| PendingFacts {
                answer: it.answer,
                missing: it.missing,
                registered: it.registered,
                since: it.since.to_string(),
            }),
            notes: fleet.notes.into_iter().map(Into::into).collect(),
            last_change: fleet.last_change.map(|it| ChangeFacts {
                at: text(it.at),
                changes: it.changes.into_iter().map(Into::into).collect(),
                more: it.more,
            }),
            infras: fleet.infrastructures.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ManagedInfra> for ManagedFacts {
    fn from(found: ManagedInfra) -> Self {
        Self {
            infra: found.infra.to_string(),
            node: found.node.to_string(),
            fields: found.fields.iter().map(word).collect(),
            quarantined_since: found.quarantine.as_ref().map(|it| it.since.to_string()),
            quarantine_reason: found.quarantine.map(|it| it.reason),
        }
    }
}

impl From<ManagedFound> for ManagedFacts {
    fn from(found: ManagedFound) -> Self {
        Self {
            infra: found.infrastructure.to_string(),
            node: found.node.to_string(),
            fields: found.fields,
            quarantined_since: text(found.quarantined_since),
            quarantine_reason: found.quarantine_reason,
        }
    }
}

impl From<FleetPlan> for FleetWork {
    fn from(plan: FleetPlan) -> Self {
        let changes = plan.actions.into_iter().map(|action| line(&action, None));
        Self {
            answer: plan.answer,
            waiting: plan.shrunken.map(|it| (it.missing, it.registered)),
            changes: changes.collect(),
            notes: plan.notes.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<FleetSync> for FleetWork {
    fn from(sync: FleetSync) -> Self {
        Self {
            answer: sync.answer,
            waiting: sync.shrunken.map(|it| (it.missing, it.registered)),
            changes: sync.changes.into_iter().map(Into::into).collect(),
            notes: sync.notes.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<FleetResultFound> for FleetWork {
    fn from(found: FleetResultFound) -> Self {
        let registered = found.registered.unwrap_or_default();
        Self {
            answer: found.answer,
            waiting: found.missing.map(|missing| (missing, registered)),
            changes: found.changes.into_iter().map(Into::into).collect(),
            notes: found.notes.into_iter().map(Into::into).collect(),
        }
    }
}

fn line(action: &FleetAction, failure: Option<String>) -> LineFacts {
    LineFacts {
        kind: word(&action.kind),
        infra: Some(action.infra.to_string()),
        node: Some(action.node.to_string()),
        fields: action.fields.iter().map(word).collect(),
        reason: action.reason.clone(),
        failure,
    }
}

impl From<FleetChangeDone> for LineFacts {
    fn from(done: FleetChangeDone) -> Self {
        line(&done.action, done.failure)
    }
}

impl From<FleetLineFound> for LineFacts {
    fn from(found: FleetLineFound) -> Self {
        Self {
            kind: found.kind,
            infra: Some(found.infrastructure),
            node: Some(found.node),
            fields: found.fields,
            reason: found.reason,
            failure: found.failure,
        }
    }
}

impl From<FleetNote> for LineFacts {
    fn from(note: FleetNote) -> Self {
        Self {
            kind: word(&note.kind),
            infra: note.infra.map(|id| id.to_string()),
            node: note.node.map(|id| id.to_string()),
            fields: Vec::new(),
            reason: note.text,
            failure: None,
        }
    }
}

impl From<FleetRemarkFound> for LineFacts {
    fn from(found: FleetRemarkFound) -> Self {
        Self {
            kind: found.kind,
            infra: found.infrastructure,
            node: found.node,
            fields: Vec::new(),
            reason: found.text,
            failure: None,
        }
    }
}
