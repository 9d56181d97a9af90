//! The health of a deployment: six values on the wire, with sync and everything else kept apart.
//!
//! No source defines the values (wire-facts 8.3, item 1); ours are written at [`Health`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::messages::{InfoMessage, InfoMessages, Severity};
use crate::node::{Scenario, ScenarioOutcome};
use crate::status::UpdateStatus;
use crate::sync::SyncState;

/// The health of a deployment, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", from = "String")]
#[non_exhaustive]
pub enum Health {
    /// The node matches the settings, and the last run of every active scenario succeeded.
    Healthy,
    /// A warning: the last update or the last run of an active scenario ended with warnings or was
    /// stopped.
    Warning,
    /// Unknown: the deployment was never sent to its node, or the node does not report enough. A word that
    /// the product added later reads as unknown, too.
    Unknown,
    /// The node does not match the settings (R-D5).
    OutOfSync,
    /// The last run of an active scenario failed.
    Unhealthy,
    /// The last update failed, or the node does not answer.
    Error,
}

impl From<String> for Health {
    fn from(word: String) -> Self {
        match word.as_str() {
            "HEALTHY" => Self::Healthy,
            "WARNING" => Self::Warning,
            "OUT_OF_SYNC" => Self::OutOfSync,
            "UNHEALTHY" => Self::Unhealthy,
            "ERROR" => Self::Error,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Healthy => "healthy",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::OutOfSync => "out of sync",
            Self::Unhealthy => "unhealthy",
            Self::Error => "error",
        })
    }
}

/// What is known about a deployment on one node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeObservation {
    /// The name of the node.
    pub node: String,
    /// What the node reports, or why it is unknown.
    pub answer: Result<ObservedDeployment, String>,
}

impl NodeObservation {
    /// What a node says, or why it says nothing.
    #[must_use]
    pub fn new(node: impl Into<String>, answer: Result<ObservedDeployment, String>) -> Self {
        Self { node: node.into(), answer }
    }
}

/// What a node reports about a deployed project.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObservedDeployment {
    /// Whether it matches the settings.
    pub sync: SyncState,
    /// Its scenarios.
    pub scenarios: Vec<Scenario>,
}

impl ObservedDeployment {
    /// A deployment on a node.
    #[must_use]
    pub fn new(sync: SyncState, scenarios: Vec<Scenario>) -> Self {
        Self { sync, scenarios }
    }
}

/// The health of a deployment, from its last update and from its nodes. The worst finding decides (R-D16),
/// and every finding is a message.
#[must_use]
pub fn judge(
    last_update: Option<UpdateStatus>,
    nodes: &[NodeObservation],
) -> (Health, InfoMessages) {
    let mut findings: Vec<(Health, InfoMessage)> =
        update_finding(last_update).into_iter().collect();
    // Before the first update, nodes have nothing to report.
    if last_update.is_some() {
        findings.extend(nodes.iter().flat_map(node_findings));
    }
    let health = findings.iter().map(|(health, _)| *health).max().unwrap_or(Health::Healthy);
    (health, findings.into_iter().map(|(_, message)| message).collect())
}

fn finding(health: Health, code: &str, title: &str, text: String) -> (Health, InfoMessage) {
    let severity = match health {
        Health::Healthy => Severity::Success,
        Health::Unknown => Severity::Info,
        Health::Warning | Health::OutOfSync => Severity::Warning,
        Health::Unhealthy | Health::Error => Severity::Error,
    };
    let message = InfoMessage { is_fatal: false, ..InfoMessage::new(severity, code, title, text) };
    (health, message)
}

fn update_finding(last_update: Option<UpdateStatus>) -> Option<(Health, InfoMessage)> {
    let (health, code, title, text) = match last_update {
        Some(UpdateStatus::Success) => return None,
        None => (
            Health::Unknown,
            "INFO_NEVER_DEPLOYED",
            "Never deployed",
            "nothing was sent to its node yet; update it",
        ),
        Some(UpdateStatus::Warning) => (
            Health::Warning,
            "WARN_LAST_UPDATE",
            "Last update",
            "it ended with warnings; read its log",
        ),
        Some(UpdateStatus::Running) => (
            Health::Unknown,
            "INFO_UPDATE_RUNNING",
            "Update",
            "an update is running; check again when it has ended",
        ),
        Some(UpdateStatus::Aborted) => (
            Health::Warning,
            "WARN_LAST_UPDATE_ABORTED",
            "Last update",
            "it was cancelled, or windows had closed before its turn came; read its log for which and for what was written, \
             then update again when windows allow it",
        ),
        Some(UpdateStatus::Failed) => (
            Health::Error,
            "ERR_LAST_UPDATE",
            "Last update",
            "it failed; read its log, then update again",
        ),
    };
    Some(finding(health, code, title, text.to_owned()))
}

fn node_findings(observation: &NodeObservation) -> Vec<(Health, InfoMessage)> {
    let node = &observation.node;
    match &observation.answer {
        Err(reason) => {
            let text = format!("{node} is unknown: {reason}");
            vec![finding(Health::Error, "ERR_NODE_UNKNOWN", "Node", text)]
        }
        Ok(observed) => {
            let mut findings = sync_findings(node, &observed.sync);
            let active = observed.scenarios.iter().filter(|scenario| scenario.active);
            findings.extend(active.filter_map(|scenario| scenario_finding(node, scenario)));
            findings
        }
    }
}

fn sync_findings(node: &str, sync: &SyncState) -> Vec<(Health, InfoMessage)> {
    match sync {
        SyncState::InSync => Vec::new(),
        SyncState::Unknown(reason) => {
            let text = format!("{node}: {reason}");
            vec![finding(Health::Unknown, "INFO_SYNC_UNKNOWN", "Sync", text)]
        }
        SyncState::OutOfSync(differences) => differences
            .iter()
            .map(|difference| {
                let text = format!("{node}: {difference}");
                finding(Health::OutOfSync, "WARN_OUT_OF_SYNC", "Out of sync", text)
            })
            .collect(),
    }
}

fn scenario_finding(node: &str, scenario: &Scenario) -> Option<(Health, InfoMessage)> {
    let name = if scenario.name.is_empty() { &scenario.id } else { &scenario.name };
    let (health, code, how) = match scenario.last_outcome? {
        ScenarioOutcome::Success => return None,
        ScenarioOutcome::Warning => (Health::Warning, "WARN_SCENARIO", "ended with warnings"),
        ScenarioOutcome::Other => {
            (Health::Warning, "WARN_SCENARIO", "ended with an unknown outcome")
        }
        ScenarioOutcome::Aborted => (Health::Warning, "WARN_SCENARIO", "was stopped"),
        ScenarioOutcome::Failed => (Health::Unhealthy, "ERR_SCENARIO", "failed"),
    };
    Some(finding(health, code, "Scenario", format!("{node}: the last run of `{name}` {how}")))
}

#[cfg(test)]
mod tests;
