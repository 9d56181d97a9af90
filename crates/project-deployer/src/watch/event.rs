//! Changes of state that others hear of.

use project_deployer_client::DeployerError;
use project_deployer_core::{DeploymentId, InfraId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::deployment_state::DeploymentState;
use super::finding::{Finding, FindingSubject};
use super::names::names;

/// What happened. The words are part of what webhooks get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
#[non_exhaustive]
pub enum WatchEventKind {
    /// A finding was opened.
    FindingOpened,
    /// The status or the severity of a finding changed.
    FindingChanged,
    /// A finding was resolved.
    FindingResolved,
    /// The health of a deployment changed.
    HealthChanged,
}

names!(WatchEventKind, "there is no event", {
    FindingOpened => "finding.opened",
    FindingChanged => "finding.changed",
    FindingResolved => "finding.resolved",
    HealthChanged => "health.changed",
});

impl TryFrom<String> for WatchEventKind {
    type Error = DeployerError;

    fn try_from(text: String) -> Result<Self, DeployerError> {
        text.parse()
    }
}

impl From<WatchEventKind> for &'static str {
    fn from(kind: WatchEventKind) -> Self {
        kind.as_str()
    }
}

/// A change of state.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchEvent {
    /// What happened.
    pub kind: WatchEventKind,
    /// When.
    pub at: Timestamp,
    /// The infrastructure; none for what the Deployer finds about itself.
    pub infra: Option<InfraId>,
    /// The deployment, if it is about one.
    pub deployment: Option<DeploymentId>,
    /// The object that changed: the id of the finding, or of the deployment.
    pub object: String,
    /// What is known, as a document.
    pub data: Value,
    /// What the finding is about; none for what is no finding.
    pub(crate) subject: Option<FindingSubject>,
}

impl WatchEvent {
    pub(super) fn of_finding(kind: WatchEventKind, at: Timestamp, finding: &Finding) -> Self {
        Self {
            kind,
            at,
            infra: finding.subject.infra.clone(),
            deployment: finding.subject.deployment.clone(),
            object: finding.id.clone(),
            data: json!({"finding": Finding { announced: false, ..finding.clone() }}),
            subject: Some(finding.subject.clone()),
        }
    }

    /// What somebody sends to try a webhook. It names no object.
    pub(crate) fn test(kind: WatchEventKind, at: Timestamp, unique: &str, data: Value) -> Self {
        let object = unique.to_owned();
        Self { kind, at, infra: None, deployment: None, object, data, subject: None }
    }

    pub(super) fn of_health(infra: &InfraId, old: &DeploymentState, new: &DeploymentState) -> Self {
        Self {
            kind: WatchEventKind::HealthChanged,
            at: new.since,
            infra: Some(infra.clone()),
            deployment: Some(new.deployment.clone()),
            object: new.deployment.to_string(),
            data: json!({
                "deploymentId": new.deployment, "infraId": infra,
                "from": old.health, "to": new.health, "previousSince": old.since,
            }),
            subject: None,
        }
    }
}
