//! Maintenance: new updates and deletions are refused on an infrastructure, on a stage, or everywhere. Updates that run go
//! on.

mod decision;
mod scope;

use std::fmt;

use project_deployer_client::DeployerError;
use project_deployer_core::{Login, Timestamp, setters};
use serde::{Deserialize, Serialize};

pub use self::decision::maintenance_of;
pub use self::scope::{MaintenanceScope, UnknownScope};

/// The longest reason, in bytes.
const MAX_REASON: usize = 1000;

/// When a maintenance without an end and without an alarm is too long: a day.
const USUAL_ALARM: i64 = 24 * 3_600_000;

/// A maintenance that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Maintenance {
    /// Where.
    pub scope: MaintenanceScope,
    /// Why.
    pub reason: String,
    /// Who started it.
    pub owner: Login,
    /// When it began.
    pub since: Timestamp,
    /// When it ends by itself; none is until somebody ends it.
    pub until: Option<Timestamp>,
    /// When it is too long.
    pub alarm: Option<Timestamp>,
}

/// A maintenance to start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MaintenanceRequest {
    /// Where.
    pub scope: MaintenanceScope,
    /// Why.
    pub reason: String,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// When it is too long. Without an end and without this time it is a day after the start.
    pub alarm: Option<Timestamp>,
}

impl MaintenanceRequest {
    /// A maintenance until somebody ends it.
    #[must_use]
    pub fn new(scope: MaintenanceScope, reason: impl Into<String>) -> Self {
        Self { scope, reason: reason.into(), until: None, alarm: None }
    }

    /// The maintenance that it starts.
    pub(crate) fn begun(self, owner: Login, now: Timestamp) -> Result<Maintenance, DeployerError> {
        let Self { scope, reason, until, alarm } = self;
        let length = reason.trim().len();
        if length == 0 || length > MAX_REASON {
            return Err(DeployerError::not_possible(
                format!("the reason of the maintenance has {length} bytes"),
                format!(
                    "write a reason of at most {MAX_REASON} bytes: whoever is refused reads it"
                ),
            ));
        }
        for (name, time) in [("end", until), ("alarm", alarm)] {
            if time.is_some_and(|time| time <= now) {
                return Err(DeployerError::not_possible(
                    format!("the {name} of the maintenance is in the past"),
                    "name a later time",
                ));
            }
        }
        let usual = until.is_none().then(|| Timestamp::from_millis(now.as_millis() + USUAL_ALARM));
        let reason = reason.trim().to_owned();
        Ok(Maintenance { scope, reason, owner, since: now, until, alarm: alarm.or(usual) })
    }
}

setters!(MaintenanceRequest {
    with_until(until: Option<Timestamp>),
    with_alarm(alarm: Option<Timestamp>),
});

impl Maintenance {
    /// Whether it has not ended by itself.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether it is too long.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.is_active(now) && self.alarm.is_some_and(|alarm| alarm <= now)
    }

    /// Its end, in words.
    #[must_use]
    pub fn end(&self) -> String {
        self.until.map_or_else(|| "until it is ended".to_owned(), |until| format!("until {until}"))
    }

    /// What whoever is refused reads.
    pub(crate) fn refusal(&self) -> DeployerError {
        DeployerError::InMaintenance {
            what: self.scope.in_words(),
            reason: self.reason.clone(),
            owner: self.owner.to_string(),
            end: self.end(),
        }
    }
}

/// A maintenance that this version of the program cannot read. Updates that it is about are refused until it is ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnreadableMaintenance {
    /// Where it is.
    pub scope: MaintenanceScope,
    /// Why it cannot be read.
    pub reason: String,
}

impl fmt::Display for UnreadableMaintenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the maintenance of {} cannot be read: {}", self.scope.in_words(), self.reason)
    }
}

impl fmt::Display for Maintenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, reason, owner) = (self.scope.in_words(), &self.reason, &self.owner);
        write!(f, "{what} is in maintenance: {reason} (started by {owner}, {})", self.end())
    }
}

#[cfg(test)]
mod tests;
