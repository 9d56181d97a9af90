//! Files of the estate that are applied at a given time: planned when it is requested, planned again when the time comes,
//! and applied if both plans are equal (M16).

mod record;
mod round;

use project_deployer_core::{Login, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use self::record::{EstateScheduleRecord, TEXTS, WantedEstate, last_number};

/// A file of the estate that is applied at a given time, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScheduledEstate {
    /// Its name among those that were scheduled.
    pub id: String,
    /// Whose rights it is applied with.
    pub requester: Login,
    /// When it was requested.
    pub requested: Timestamp,
    /// When it is applied.
    pub at: Timestamp,
    /// What it would change when it was requested, each as `change infrastructure prod`.
    pub changes: Vec<String>,
    /// What became of it; none while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<EstateScheduleOutcome>,
}

/// What became of a file that was scheduled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum EstateScheduleOutcome {
    /// It was applied.
    Applied {
        /// When it ended.
        at: Timestamp,
        /// How many objects were created, changed or deleted.
        changes: usize,
        /// How many updates were started.
        updates: usize,
        /// How many of these updates did not succeed.
        failed_updates: usize,
    },
    /// Nothing was written.
    Refused {
        /// When that was decided.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// Somebody withdrew it, or the user was deleted whose rights it would have had: nothing was written.
    Withdrawn {
        /// When.
        at: Timestamp,
        /// By whom, in words.
        reason: String,
    },
    /// It was begun, and stopped: some of its changes may be made.
    Stopped {
        /// When.
        at: Timestamp,
        /// Why, and after how many changes if that is known.
        reason: String,
    },
}

impl EstateScheduleOutcome {
    /// When it was settled.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Applied { at, .. }
            | Self::Refused { at, .. }
            | Self::Withdrawn { at, .. }
            | Self::Stopped { at, .. } => *at,
        }
    }

    /// `applied`, `refused` or `withdrawn` (nothing was written), or `stopped` (after some of its changes).
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::Refused { .. } => "refused",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Stopped { .. } => "stopped",
        }
    }

    /// Why it was refused, withdrawn or stopped; none if it was applied.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Applied { .. } => None,
            Self::Refused { reason, .. }
            | Self::Withdrawn { reason, .. }
            | Self::Stopped { reason, .. } => Some(reason),
        }
    }

    /// How many objects were changed, how many updates were started, and how many of these did not succeed; none unless it
    /// was applied.
    #[must_use]
    pub fn counts(&self) -> Option<(usize, usize, usize)> {
        match self {
            Self::Applied { changes, updates, failed_updates, .. } => {
                Some((*changes, *updates, *failed_updates))
            }
            Self::Refused { .. } | Self::Withdrawn { .. } | Self::Stopped { .. } => None,
        }
    }
}

impl ScheduledEstate {
    /// `waiting`, or what became of it in a word: `applied`, `refused`, `withdrawn` or `stopped`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        self.outcome.as_ref().map_or("waiting", EstateScheduleOutcome::word)
    }

    /// When it was applied, refused, withdrawn or stopped; none while it waits.
    #[must_use]
    pub fn ended(&self) -> Option<Timestamp> {
        self.outcome.as_ref().map(EstateScheduleOutcome::at)
    }

    /// Why it was refused, withdrawn or stopped.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.outcome.as_ref().and_then(EstateScheduleOutcome::reason)
    }

    /// What it did, as [`EstateScheduleOutcome::counts`] says it.
    #[must_use]
    pub fn counts(&self) -> Option<(usize, usize, usize)> {
        self.outcome.as_ref().and_then(EstateScheduleOutcome::counts)
    }
}

impl From<EstateScheduleRecord> for ScheduledEstate {
    fn from(record: EstateScheduleRecord) -> Self {
        let changes = record.change_names();
        let EstateScheduleRecord { id, requester, requested, at, outcome, .. } = record;
        Self { id, requester, requested, at, changes, outcome }
    }
}
