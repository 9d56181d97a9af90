//! What a synchronization did, and what is known of a fleet since.

use project_deployer_core::{FleetId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    FleetAction, FleetNote, FleetNoteKind, FleetPlan, FleetSettings, ManagedInfra, Shrunken,
};

/// How many lines of each kind are kept.
const KEPT: usize = 500;

/// What a synchronization did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FleetSync {
    /// The fleet.
    pub fleet: FleetId,
    /// When it ended.
    pub at: Timestamp,
    /// How many nodes the fleet reported.
    pub reported: usize,
    /// How many infrastructures stayed as they were.
    pub unchanged: usize,
    /// The digest of the answer of the fleet.
    pub answer: String,
    /// Set if nothing was done, since somebody has to confirm this answer.
    pub shrunken: Option<Shrunken>,
    /// What was done, one commit each.
    pub changes: Vec<FleetChangeDone>,
    /// How many changes are not listed.
    #[serde(default)]
    pub more: usize,
    /// What was not done, and why.
    pub notes: Vec<FleetNote>,
}

/// A change of a synchronization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FleetChangeDone {
    /// The change.
    #[serde(flatten)]
    pub action: FleetAction,
    /// Why it was not made, if it was not. The next synchronization tries it again.
    pub failure: Option<String>,
}

/// What is known of a fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FleetState {
    /// The fleet.
    pub fleet: FleetId,
    /// When it was last read. A synchronization by hand that finds nothing new does not count: it writes nothing.
    pub read: Option<Timestamp>,
    /// Why it could not be read the last time, if so.
    pub problem: Option<String>,
    /// The answer that waits for a confirmation.
    pub pending: Option<PendingAnswer>,
    /// The answer that somebody confirmed, until it was used or another one came.
    pub confirmed: Option<String>,
    /// What the last synchronization did not do, and why.
    pub notes: Vec<FleetNote>,
    /// The last synchronization that changed something, or failed to.
    pub last_change: Option<FleetSync>,
}

/// An answer that waits for a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PendingAnswer {
    /// Its digest.
    pub answer: String,
    /// How many nodes it lacks, and of how many.
    #[serde(flatten)]
    pub shrunken: Shrunken,
    /// Since when it waits.
    pub since: Timestamp,
}

/// A fleet with all that is known of it. The secrets of its settings are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FleetOverview {
    /// Its settings.
    pub settings: FleetSettings,
    /// What the last synchronization found.
    pub state: FleetState,
    /// The infrastructures that it manages.
    pub infras: Vec<ManagedInfra>,
}

impl FleetOverview {
    /// A fleet, without the secrets of its settings.
    pub(crate) fn new(
        settings: FleetSettings,
        state: FleetState,
        infras: Vec<ManagedInfra>,
    ) -> Self {
        Self { settings: settings.without_secrets(), state, infras }
    }
}

impl FleetSync {
    /// What comes of a plan, before anything is done.
    pub(crate) fn begun(plan: &FleetPlan, now: Timestamp) -> Self {
        Self {
            fleet: plan.fleet.clone(),
            at: now,
            reported: plan.reported,
            unchanged: plan.unchanged,
            answer: plan.answer.clone(),
            shrunken: plan.shrunken,
            changes: Vec::new(),
            more: 0,
            notes: plan.notes.clone(),
        }
    }

    /// Whether something could not be done.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.changes.iter().any(|change| change.failure.is_some())
    }

    /// As it is kept: long lists are cut, failures first.
    fn kept(mut self) -> Self {
        self.changes.sort_by_key(|change| change.failure.is_none());
        self.more += self.changes.len().saturating_sub(KEPT);
        self.changes.truncate(KEPT);
        self.notes = kept(self.notes);
        self
    }
}

impl FleetState {
    /// Of a fleet that was never read.
    pub(crate) fn unread(fleet: FleetId) -> Self {
        Self {
            fleet,
            read: None,
            problem: None,
            pending: None,
            confirmed: None,
            notes: Vec::new(),
            last_change: None,
        }
    }

    /// After a fleet could not be read. What was known stays.
    pub(crate) fn failed(&self, problem: String, now: Timestamp) -> Self {
        Self { read: Some(now), problem: Some(problem), ..self.clone() }
    }

    /// After a synchronization.
    pub(crate) fn after(&self, sync: FleetSync) -> Self {
        let pending = sync.shrunken.map(|shrunken| {
            let known = self.pending.as_ref().filter(|pending| pending.answer == sync.answer);
            let since = known.map_or(sync.at, |pending| pending.since);
            PendingAnswer { answer: sync.answer.clone(), shrunken, since }
        });
        let is_open = sync.has_failed();
        let is_same = self.confirmed.as_deref() == Some(sync.answer.as_str());
        let (read, notes) = (Some(sync.at), kept(sync.notes.clone()));
        Self {
            fleet: self.fleet.clone(),
            read,
            problem: None,
            pending,
            confirmed: self.confirmed.clone().filter(|_| is_same && is_open),
            notes,
            last_change: match sync.changes.is_empty() {
                true => self.last_change.clone(),
                false => Some(sync.kept()),
            },
        }
    }

    /// Whether it says the same as another one, apart from the time.
    pub(crate) fn says_the_same_as(&self, other: &Self) -> bool {
        Self { read: other.read, ..self.clone() } == *other
    }
}

fn kept(mut notes: Vec<FleetNote>) -> Vec<FleetNote> {
    let more = notes.len().saturating_sub(KEPT);
    if more > 0 {
        notes.truncate(KEPT);
        let kind = FleetNoteKind::LeftOut;
        notes.push(FleetNote::new(kind, format!("{more} more notes are not kept; plan the fleet")));
    }
    notes
}
