//! What is kept of rounds.

use project_deployer_core::{InfraId, Timestamp};
use serde::{Deserialize, Serialize};

use super::deployment_state::DeploymentState;
use super::finding::{Finding, FindingSubject};
use super::setting::Check;
use super::silent::SilentNode;

/// One round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WatchRound {
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Why something could not be looked at, as far as the caller may see it; empty if nothing is unknown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// How many things were found and are not kept, since an infrastructure has 2,000 open findings at most, and 2,000 that
    /// are ignored. Only who administers the infrastructure sees it.
    pub left_out: usize,
}

/// One round, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptRound {
    pub(crate) began: Timestamp,
    pub(crate) ended: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unknown: Vec<NotSeen>,
    #[serde(default)]
    pub(crate) left_out: usize,
}

/// What could not be looked at. What it is about says who may see the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotSeen {
    pub(crate) subject: FindingSubject,
    pub(crate) reason: String,
}

impl NotSeen {
    pub(crate) fn new(subject: FindingSubject, reason: impl Into<String>) -> Self {
        Self { subject, reason: reason.into() }
    }
}

/// How many reasons are shown.
const SHOWN: usize = 20;

impl KeptRound {
    /// What a caller sees of it.
    pub(crate) fn shown(
        &self,
        shows: impl Fn(&FindingSubject) -> bool,
        is_admin: bool,
    ) -> WatchRound {
        let Self { began, ended, .. } = *self;
        let unknown = self.unknown.iter().filter(|it| shows(&it.subject));
        let unknown = unknown.map(|it| it.reason.clone()).take(SHOWN).collect();
        let left_out = if is_admin { self.left_out } else { 0 };
        WatchRound { began, ended, unknown, left_out }
    }
}

/// The findings of one check of an infrastructure, and those about the Deployer itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WatchRecord {
    pub(crate) id: String,
    pub(crate) infra: Option<InfraId>,
    pub(crate) check: Option<Check>,
    pub(crate) round: Option<KeptRound>,
    pub(crate) findings: Vec<Finding>,
    #[serde(default)]
    pub(crate) deployments: Vec<DeploymentState>,
    /// The nodes that do not answer, in a record of health.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) silent: Vec<SilentNode>,
}

impl WatchRecord {
    /// What the audit calls a finding.
    pub(crate) const OBJECT: &str = "finding";

    /// The id of the findings about webhooks.
    pub(crate) const WEBHOOKS: &str = "webhooks";

    pub(crate) fn record_id(check: Check, infra: &InfraId) -> String {
        format!("{check}/{infra}")
    }

    /// Nothing was looked at yet.
    pub(crate) fn new(check: Check, infra: &InfraId) -> Self {
        Self {
            id: Self::record_id(check, infra),
            infra: Some(infra.clone()),
            check: Some(check),
            round: None,
            findings: Vec::new(),
            deployments: Vec::new(),
            silent: Vec::new(),
        }
    }

    /// No webhook was found to fail.
    pub(crate) fn of_webhooks() -> Self {
        Self {
            id: Self::WEBHOOKS.to_owned(),
            infra: None,
            check: None,
            round: None,
            findings: Vec::new(),
            deployments: Vec::new(),
            silent: Vec::new(),
        }
    }
}

/// What is watched of an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WatchedInfra {
    /// The infrastructure.
    pub infra: InfraId,
    /// Its checks, in their order.
    pub checks: Vec<WatchedCheck>,
    /// Why its own setting, or the one for everything, does not count.
    pub problem: Option<String>,
}

/// One check of an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WatchedCheck {
    /// Which.
    pub check: Check,
    /// The seconds from one round to the next; none for no rounds.
    pub every: Option<u64>,
    /// The last round.
    pub last: Option<WatchRound>,
    /// When the next round is due; none for no rounds, and during a maintenance.
    pub next: Option<Timestamp>,
    /// Whether rounds pause because of a maintenance.
    pub in_maintenance: bool,
    /// How many findings are open that the caller sees, apart from those that are ignored.
    pub open: usize,
    /// How many of them are ignored.
    pub ignored: usize,
}
