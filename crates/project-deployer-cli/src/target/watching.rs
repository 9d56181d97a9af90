//! Watching and findings. Over HTTP a Deployer of this project has them.

use std::fmt;
use std::sync::Arc;

use project_deployer::LdapConnector;
use project_deployer::core::{InfraId, Timestamp};
use project_deployer::ldap::DirectoryConnector;
use project_deployer::watch::{
    Check, Finding, FindingFilter, IgnoreRequest, IgnoreRule, WatchRequest, WatchRun, WatchScope,
};
use project_deployer_client::request::frontend::watching::{
    self, FindingFound, IgnoreRuleFound, WatchRunFound, WatchedCheckFound,
};
use serde::Serialize;
use serde_json::json;

use super::{Face, service};
use crate::failure::Failure;

/// One check of an infrastructure, from here or from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckFacts {
    infra: String,
    check: String,
    every: Option<String>,
    last: Option<String>,
    next: Option<String>,
    in_maintenance: bool,
    open: usize,
    ignored: usize,
    unknown: Vec<String>,
    problem: Option<String>,
}

/// What a round changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunFacts {
    infra: String,
    check: String,
    last: String,
    opened: usize,
    changed: usize,
    resolved: usize,
    open: usize,
    ignored: usize,
    unknown: Vec<String>,
}

/// A rule by which findings are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RuleFacts {
    pub(crate) id: String,
    pub(crate) scope: String,
    kind: String,
    name: Option<String>,
    field: Option<String>,
    reason: String,
    until: Option<String>,
    by: String,
}

/// Something that is not as it should be, or was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingFacts {
    id: String,
    severity: String,
    kind: String,
    infra: Option<String>,
    deployment: Option<String>,
    node: Option<String>,
    name: Option<String>,
    status: String,
    summary: String,
    details: Vec<String>,
    first_seen: String,
    last_seen: String,
    times_seen: u64,
    resolved: Option<String>,
    acknowledged_by: Option<String>,
    note: Option<String>,
    acknowledged_until: Option<String>,
    /// The reason of the rule by which it is ignored.
    ignored: Option<String>,
    ignored_until: Option<String>,
}

/// Watching and findings.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
impl Face {
    pub(crate) async fn checks(&self) -> Result<Vec<CheckFacts>, Failure> {
        match self {
            Self::Engine(session) => {
                let watched = session.watched().await?.into_iter().flat_map(|watched| {
                    let infra = watched.infra.to_string();
                    let problem = watched.problem;
                    watched.checks.into_iter().map(move |it| {
                        let (last, unknown) =
                            it.last.map(|last| (last.ended, last.unknown)).unzip();
                        CheckFacts {
                            infra: infra.clone(),
                            check: it.check.to_string(),
                            every: it.every.map(seconds),
                            last: text(last),
                            next: text(it.next),
                            in_maintenance: it.in_maintenance,
                            open: it.open,
                            ignored: it.ignored,
                            unknown: unknown.unwrap_or_default(),
                            problem: problem.clone(),
                        }
                    })
                });
                Ok(watched.collect())
            }
            Self::Remote(remote) => {
                let found =
                    service::call(remote, &watching::show(), "show what is watched").await?;
                Ok(found.items.into_iter().map(Into::into).collect())
            }
        }
    }

    pub(crate) async fn begin_watching(&self, request: WatchRequest) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => {
                session.set_watch(request).await?;
                Ok(())
            }
            Self::Remote(remote) => {
                let WatchRequest { scope, health_every, parity_every, .. } = request;
                let call = watching::set(&scope.to_string(), health_every, parity_every);
                service::call(remote, &call, "watch infrastructures").await
            }
        }
    }

    pub(crate) async fn end_watching(&self, scope: &WatchScope) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.remove_watch(scope).await?),
            Self::Remote(remote) => {
                let call = watching::remove(&scope.to_string());
                service::call(remote, &call, "watch infrastructures").await
            }
        }
    }

    pub(crate) async fn watch_now(
        &self,
        infra: &InfraId,
        check: Check,
    ) -> Result<RunFacts, Failure> {
        match self {
            Self::Engine(session) => {
                let directories: Arc<dyn DirectoryConnector> = Arc::new(LdapConnector::default());
                Ok(session.run_watch(infra, check, &directories).await?.into())
            }
            Self::Remote(remote) => {
                let call = watching::run(infra, check.as_str());
                Ok(service::call(remote, &call, "watch an infrastructure").await?.into())
            }
        }
    }

    pub(crate) async fn list_findings(
        &self,
        filter: &FindingFilter,
    ) -> Result<Vec<FindingFacts>, Failure> {
        match self {
            Self::Engine(session) => {
                Ok(session.findings(filter).await?.into_iter().map(Into::into).collect())
            }
            Self::Remote(remote) => {
                let FindingFilter { infra, check, with_resolved, .. } = filter;
                let check = check.map(Check::as_str);
                let call = watching::findings(infra.as_ref(), check, *with_resolved);
                let found = service::call(remote, &call, "list findings").await?;
                Ok(found.into_iter().map(Into::into).collect())
            }
        }
    }

    pub(crate) async fn acknowledge(
        &self,
        finding: &str,
        note: &str,
        until: Option<Timestamp>,
    ) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => {
                session.acknowledge_finding(finding, note, until).await?;
                Ok(())
            }
            Self::Remote(remote) => {
                let call = watching::acknowledge(finding, note, until);
                service::call(remote, &call, "acknowledge findings").await
            }
        }
    }

    pub(crate) async fn unacknowledge(&self, finding: &str) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => {
                session.unacknowledge_finding(finding).await?;
                Ok(())
            }
            Self::Remote(remote) => {
                service::call(remote, &watching::unacknowledge(finding), "acknowledge findings")
                    .await
            }
        }
    }

    pub(crate) async fn rules(&self) -> Result<Vec<RuleFacts>, Failure> {
        match self {
            Self::Engine(session) => {
                let settings = session.watch_settings().await?.into_iter();
                let rules = settings.flat_map(|setting| {
                    let scope = setting.scope.to_string();
                    setting.ignored.into_iter().map(move |rule| made(&scope, rule))
                });
                Ok(rules.collect())
            }
            Self::Remote(remote) => {
                let found =
                    service::call(remote, &watching::show(), "show what is ignored").await?;
                let rules = found.settings.into_iter().flat_map(|setting| {
                    let scope = setting.scope;
                    setting.ignored.into_iter().map(move |rule| found_rule(&scope, rule))
                });
                Ok(rules.collect())
            }
        }
    }

    pub(crate) async fn ignore(&self, request: IgnoreRequest) -> Result<RuleFacts, Failure> {
        match self {
            Self::Engine(session) => {
                let scope = request.scope.to_string();
                Ok(made(&scope, session.ignore_findings(request).await?))
            }
            Self::Remote(remote) => {
                let IgnoreRequest { scope, kind, name, field, reason, until, .. } = request;
                let rule = json!({
                    "kind": kind, "name": name, "field": field, "reason": reason, "until": until,
                });
                let scope = scope.to_string();
                let call = watching::ignore(&scope, &rule);
                Ok(found_rule(&scope, service::call(remote, &call, "ignore findings").await?))
            }
        }
    }

    pub(crate) async fn unignore(&self, scope: &WatchScope, rule: &str) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.stop_ignoring(scope, rule).await?),
            Self::Remote(remote) => {
                let call = watching::stop_ignoring(&scope.to_string(), rule);
                service::call(remote, &call, "stop ignoring findings").await
            }
        }
    }
}

fn made(scope: &str, rule: IgnoreRule) -> RuleFacts {
    RuleFacts {
        id: rule.id,
        scope: scope.to_owned(),
        kind: rule.kind.to_string(),
        name: rule.name,
        field: rule.field,
        reason: rule.reason,
        until: text(rule.until),
        by: rule.by.to_string(),
    }
}

fn found_rule(scope: &str, rule: IgnoreRuleFound) -> RuleFacts {
    RuleFacts {
        id: rule.id,
        scope: scope.to_owned(),
        kind: rule.kind,
        name: rule.name,
        field: rule.field,
        reason: rule.reason,
        until: text(rule.until),
        by: rule.by.to_string(),
    }
}

fn seconds(every: u64) -> String {
    format!("{every} s")
}

pub(super) fn text(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

impl From<WatchedCheckFound> for CheckFacts {
    fn from(found: WatchedCheckFound) -> Self {
        Self {
            infra: found.infra.to_string(),
            check: found.check,
            every: found.every.map(seconds),
            last: text(found.last_ended),
            next: text(found.next),
            in_maintenance: found.in_maintenance,
            open: found.open,
            ignored: found.ignored,
            unknown: found.unknown,
            problem: found.problem,
        }
    }
}

impl From<WatchRun> for RunFacts {
    fn from(run: WatchRun) -> Self {
        Self {
            infra: run.infra.to_string(),
            check: run.check.to_string(),
            last: run.round.ended.to_string(),
            opened: run.opened,
            changed: run.changed,
            resolved: run.resolved,
            open: run.open,
            ignored: run.ignored,
            unknown: run.round.unknown,
        }
    }
}

impl From<WatchRunFound> for RunFacts {
    fn from(run: WatchRunFound) -> Self {
        Self {
            infra: run.infra.to_string(),
            check: run.check,
            last: run.ended.to_string(),
            opened: run.opened,
            changed: run.changed,
            resolved: run.resolved,
            open: run.open,
            ignored: run.ignored,
            unknown: run.unknown,
        }
    }
}

/// A finding from here and one from there have the same fields, of other types; what it is about is `$about`.
macro_rules! facts_of_finding {
    ($found:ident, $($about:tt)+) => {{
        let (acknowledged, ignored) = ($found.acknowledged, $found.ignored);
        FindingFacts {
            id: $found.id,
            severity: written($found.severity).to_uppercase(),
            kind: written($($about)+.kind),
            infra: $($about)+.infra.map(written),
            deployment: $($about)+.deployment.map(written),
            node: $($about)+.node,
            name: $($about)+.name,
            status: $found.status,
            summary: $found.summary,
            details: $found.details,
            first_seen: written($found.first_seen),
            last_seen: written($found.last_seen),
            times_seen: $found.times_seen,
            resolved: text($found.resolved),
            acknowledged_by: acknowledged.as_ref().map(|it| written(&it.by)),
            acknowledged_until: acknowledged.as_ref().and_then(|it| text(it.until)),
            note: acknowledged.map(|it| it.note),
            ignored_until: ignored.as_ref().and_then(|it| text(it.until)),
            ignored: ignored.map(|it| it.reason),
        }
    }};
}

fn written(value: impl fmt::Display) -> String {
    value.to_string()
}

impl From<Finding> for FindingFacts {
    fn from(found: Finding) -> Self {
        facts_of_finding!(found, found.subject)
    }
}

impl From<FindingFound> for FindingFacts {
    fn from(found: FindingFound) -> Self {
        facts_of_finding!(found, found)
    }
}
