//! Rules that ignore findings (M18): whoever administers an infrastructure may say which findings are as they should be
//! there, with a reason and an end. What is ignored stays in the lists, with the rule, and nobody is called for it.

use project_deployer_client::DeployerError;
use project_deployer_core::{Login, Timestamp, setters};
use serde::{Deserialize, Serialize};

use super::compare::Compared;
use super::event::{WatchEvent, WatchEventKind};
use super::finding::{Finding, FindingKind};
use super::setting::WatchScope;

/// The longest reason and the longest pattern, in bytes.
const MAX_REASON: usize = 1000;
const MAX_PATTERN: usize = 200;

/// How many rules a setting has at most.
pub(crate) const MOST_RULES: usize = 100;

/// A rule by which findings are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct IgnoreRule {
    /// Its id.
    pub id: String,
    /// Which kind of findings.
    pub kind: FindingKind,
    /// Only those whose login, group, scenario, deployment or node is so; `*` stands for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only those in which nothing but fields that are so differs; `*` stands for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Why.
    pub reason: String,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Who made it.
    pub by: Login,
    /// When.
    pub at: Timestamp,
}

/// A rule to make.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IgnoreRequest {
    /// Where it holds.
    pub scope: WatchScope,
    /// Which kind of findings.
    pub kind: FindingKind,
    /// Only those whose login, group, scenario, deployment or node is so; `*` stands for anything.
    pub name: Option<String>,
    /// Only findings of the kind `out-of-sync` in which nothing but fields that are so differs; `*` stands for anything.
    pub field: Option<String>,
    /// Why: others read it.
    pub reason: String,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
}

impl IgnoreRequest {
    /// A rule for all findings of a kind, without an end.
    #[must_use]
    pub fn new(scope: WatchScope, kind: FindingKind, reason: impl Into<String>) -> Self {
        Self { scope, kind, name: None, field: None, reason: reason.into(), until: None }
    }

    /// The rule that it makes.
    pub(crate) fn made(
        self,
        id: String,
        by: Login,
        at: Timestamp,
    ) -> Result<IgnoreRule, DeployerError> {
        let Self { kind, name, field, reason, until, .. } = self;
        if kind.check().is_none() {
            return Err(DeployerError::not_possible(
                format!("findings of the kind `{kind}` are about no infrastructure"),
                "name another kind",
            ));
        }
        if field.is_some() && kind != FindingKind::OutOfSync {
            return Err(DeployerError::not_possible(
                format!("findings of the kind `{kind}` name no fields"),
                "leave the field out, or name the kind `out-of-sync`",
            ));
        }
        for pattern in name.iter().chain(&field) {
            if pattern.is_empty() || pattern.len() > MAX_PATTERN {
                return Err(DeployerError::not_possible(
                    format!("a pattern has {} bytes", pattern.len()),
                    format!("write 1 to {MAX_PATTERN} bytes; `*` stands for anything"),
                ));
            }
        }
        let reason = reason.trim().to_owned();
        if reason.is_empty() || reason.len() > MAX_REASON {
            return Err(DeployerError::not_possible(
                format!("the reason has {} bytes", reason.len()),
                format!("write a reason of at most {MAX_REASON} bytes: others read it"),
            ));
        }
        if until.is_some_and(|until| until <= at) {
            return Err(DeployerError::not_possible(
                "the end of the rule is in the past",
                "name a later time",
            ));
        }
        Ok(IgnoreRule { id, kind, name, field, reason, until, by, at })
    }
}

setters!(IgnoreRequest {
    with_name(name: Option<String>),
    with_field(field: Option<String>),
    with_until(until: Option<Timestamp>),
});

impl IgnoreRule {
    /// Whether it ignores a finding now. One in which another field differs as well is not ignored.
    #[must_use]
    pub fn ignores(&self, finding: &Finding, now: Timestamp) -> bool {
        let subject = &finding.subject;
        let deployment = subject.deployment.as_ref().map(|id| id.as_str());
        let mut names = [subject.name.as_deref(), deployment, subject.node.as_deref()].into_iter();
        self.kind == subject.kind
            && self.until.is_none_or(|until| now < until)
            && self
                .name
                .as_ref()
                .is_none_or(|name| names.any(|it| it.is_some_and(|it| fits(name, it))))
            && self.field.as_ref().is_none_or(|field| {
                !finding.fields.is_empty() && finding.fields.iter().all(|it| fits(field, it))
            })
    }
}

/// Whether a text is as a pattern says, in which `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(start) else { return false };
    let mut pieces: Vec<_> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match left.split_once(piece) {
            _ if piece.is_empty() => {}
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(end)
}

/// The first rule that ignores a finding now.
pub(crate) fn ignored_by<'a>(
    rules: &[&'a IgnoreRule],
    finding: &Finding,
    now: Timestamp,
) -> Option<&'a IgnoreRule> {
    rules.iter().copied().find(|rule| rule.ignores(finding, now))
}

/// Marks what rules ignore. It is nobody's news: what opens, changes or is resolved while it is ignored goes to no webhook.
/// That a finding which was sent is ignored from now on is a change of it, and its end is sent as well. What is no longer
/// ignored opens.
pub(crate) fn ignoring(compared: Compared, rules: &[&IgnoreRule], at: Timestamp) -> Compared {
    let Compared { mut findings, mut events, left_out } = compared;
    for finding in &mut findings {
        let ended_now = finding.resolved == Some(at);
        if !finding.is_open() && !ended_now {
            continue;
        }
        let was_ignored = finding.ignored.is_some();
        if ended_now {
            if was_ignored && !finding.announced {
                forget(&mut events, finding);
            }
            continue;
        }
        let rule = ignored_by(rules, finding, at).cloned();
        if was_ignored && rule.is_none() && finding.last_seen != at {
            // It opens when it is seen again: it may be gone.
            forget(&mut events, finding);
            continue;
        }
        finding.ignored = rule;
        let is_new = events
            .iter()
            .any(|event| event.object == finding.id && event.kind == WatchEventKind::FindingOpened);
        // One that was never ignored went out, also if that was before this was kept.
        finding.announced |= finding.ignored.is_none() || !(was_ignored || is_new);
        let news = match (was_ignored, finding.ignored.is_some()) {
            (false, false) => continue,
            (true, false) => Some(WatchEventKind::FindingOpened),
            (false, true) if !is_new => Some(WatchEventKind::FindingChanged),
            (_, true) => None,
        };
        forget(&mut events, finding);
        events.extend(news.map(|kind| WatchEvent::of_finding(kind, at, finding)));
    }
    Compared { findings, events, left_out }
}

fn forget(events: &mut Vec<WatchEvent>, finding: &Finding) {
    events.retain(|event| event.object != finding.id);
}
