//! What is not as it should be.

use project_deployer_client::DeployerError;
use project_deployer_core::messages::Severity;
use project_deployer_core::{DeploymentId, InfraId, Login, Timestamp, setters};
use serde::{Deserialize, Serialize};

use super::ignore::{IgnoreRule, ignored_by};
use super::names::names;
use super::setting::Check;

/// The longest note, in bytes.
const MAX_NOTE: usize = 1000;

/// What is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A node does not answer, so that the health of its deployments is unknown.
    NodeUnknown,
    /// A node answers, and does not say enough about a deployment.
    DeploymentUnknown,
    /// A node does not match the settings of a deployment. The details have each field that differs.
    OutOfSync,
    /// The project of a deployment belongs to a newer one.
    Superseded,
    /// The last update failed, was cancelled or ended by windows before it began, or ended with warnings.
    LastUpdate,
    /// The last run of an active scenario did not succeed.
    Scenario,
    /// A login that a deployment needs is not at a location as it should be.
    Login,
    /// A group that grants of rights name is not at a location.
    Group,
    /// The next synchronization of a location disables a login that a deployment needs.
    NextSync,
    /// Users, groups or the directory of a location are unknown, so that nothing is said about the logins there.
    ParityUnknown,
    /// A webhook gets nothing any more, since it failed for too long.
    WebhookDisabled,
}

names!(FindingKind, "there are no findings of the kind", {
    NodeUnknown => "node-unknown",
    DeploymentUnknown => "deployment-unknown",
    OutOfSync => "out-of-sync",
    Superseded => "superseded",
    LastUpdate => "last-update",
    Scenario => "scenario",
    Login => "login",
    Group => "group",
    NextSync => "next-sync",
    ParityUnknown => "parity-unknown",
    WebhookDisabled => "webhook-disabled",
});

impl FindingKind {
    /// The check that finds it; none for what the Deployer finds about itself.
    #[must_use]
    pub fn check(self) -> Option<Check> {
        match self {
            Self::NodeUnknown
            | Self::DeploymentUnknown
            | Self::OutOfSync
            | Self::Superseded
            | Self::LastUpdate
            | Self::Scenario => Some(Check::Health),
            Self::Login | Self::Group | Self::NextSync | Self::ParityUnknown => Some(Check::Parity),
            Self::WebhookDisabled => None,
        }
    }
}

/// What a finding is about. Two findings with the same subject are never open at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FindingSubject {
    /// What is wrong.
    pub kind: FindingKind,
    /// The infrastructure; none for what the Deployer finds about itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub infra: Option<InfraId>,
    /// The deployment, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<DeploymentId>,
    /// The node, or the location of a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The login, group, scenario or webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl FindingSubject {
    /// A subject of a kind.
    #[must_use]
    pub fn new(kind: FindingKind, infra: Option<InfraId>) -> Self {
        Self { kind, infra, deployment: None, node: None, name: None }
    }
}

setters!(FindingSubject {
    with_deployment(deployment: DeploymentId),
    with_node(node: String),
    with_name(name: String),
});

/// Something that is not as it should be, or was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// Its id. What comes back after it was resolved is another finding.
    pub id: String,
    /// What it is about.
    #[serde(flatten)]
    pub subject: FindingSubject,
    /// How bad it is.
    pub severity: Severity,
    /// The state in one word, such as the status of a login.
    pub status: String,
    /// What is wrong, in a sentence.
    pub summary: String,
    /// What differs, or what to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// The fields that differ, if it is about fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// When it was seen for the first time.
    pub first_seen: Timestamp,
    /// When it was seen for the last time.
    pub last_seen: Timestamp,
    /// In how many rounds it was seen.
    pub times_seen: u64,
    /// In how many rounds, one after the other, it was not there any more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub absent: u32,
    /// When it was resolved; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Timestamp>,
    /// Who knows of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledgement>,
    /// The rule by which it is ignored: it is as it should be, and nobody is called for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<IgnoreRule>,
    /// Whether events about it went out: whoever heard of it hears of its end, also if it is ignored by then. It is only
    /// kept, and not shown.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) announced: bool,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Finding {
    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.resolved.is_none()
    }

    /// The finding as it is at a time: without an acknowledgement that has ended by itself, and with the rule by which it is
    /// ignored now. One that is resolved keeps the rule by which it was.
    #[must_use]
    pub(crate) fn shown_at(self, rules: &[&IgnoreRule], now: Timestamp) -> Self {
        let acknowledged = self.acknowledgement(now).cloned();
        let ignored = match self.resolved {
            Some(_) => self.ignored.clone(),
            None => ignored_by(rules, &self, now).cloned(),
        };
        Self { acknowledged, ignored, announced: false, ..self }
    }

    /// The acknowledgement that counts now.
    #[must_use]
    pub fn acknowledgement(&self, now: Timestamp) -> Option<&Acknowledgement> {
        self.acknowledged.as_ref().filter(|it| it.until.is_none_or(|until| now < until))
    }
}

/// Somebody knows of a finding. It holds until the finding is resolved, or until its time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Acknowledgement {
    /// Who.
    pub by: Login,
    /// When.
    pub at: Timestamp,
    /// Why nothing has to be done now.
    pub note: String,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Acknowledgement {
    pub(crate) fn new(
        by: Login,
        note: &str,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, DeployerError> {
        let note = note.trim();
        if note.is_empty() || note.len() > MAX_NOTE {
            return Err(DeployerError::not_possible(
                format!("the note of the acknowledgement has {} bytes", note.len()),
                format!("write a note of at most {MAX_NOTE} bytes: others read it"),
            ));
        }
        if until.is_some_and(|until| until <= now) {
            return Err(DeployerError::not_possible(
                "the end of the acknowledgement is in the past",
                "name a later time",
            ));
        }
        Ok(Self { by, at: now, note: note.to_owned(), until })
    }
}

/// Which findings to list. [`FindingFilter::default`] lists the open ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FindingFilter {
    /// Only of this infrastructure.
    pub infra: Option<InfraId>,
    /// Only of this check.
    pub check: Option<Check>,
    /// Also those that are resolved.
    pub with_resolved: bool,
}

setters!(FindingFilter {
    with_infra(infra: Option<InfraId>),
    with_check(check: Option<Check>),
    including_resolved(with_resolved: bool),
});

impl FindingFilter {
    pub(crate) fn lists(&self, finding: &Finding) -> bool {
        let subject = &finding.subject;
        self.infra.as_ref().is_none_or(|infra| subject.infra.as_ref() == Some(infra))
            && self.check.is_none_or(|check| subject.kind.check() == Some(check))
            && (self.with_resolved || finding.is_open())
    }
}
