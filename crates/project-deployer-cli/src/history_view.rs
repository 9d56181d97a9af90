//! Results of `deployer history`, as the command shows them.

use std::fmt::Write as _;

use project_deployer::history::{HistoryEntry, HistoryId, NodeAfter, NodeResult};
use project_deployer::state_admin::{HistoryDetails, HistoryStep};
use project_deployer::update::Step;
use serde::Serialize;

use crate::output::{aligned, counted};
use crate::status::Tone;
use crate::store_view::StoreResult;

/// What an action found.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum HistoryResult {
    Listed {
        /// The updates, the latest start first.
        updates: Vec<ShownUpdate>,
        /// Where the next list begins; null if there are no earlier updates.
        next: Option<String>,
    },
    One {
        #[serde(flatten)]
        update: Box<ShownUpdate>,
        steps: Vec<ShownStep>,
        /// The lines of its log.
        log: Vec<String>,
    },
}

/// An update.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownUpdate {
    update_id: String,
    deployment: String,
    deployment_uid: Option<String>,
    /// Whether this very deployment still exists.
    deployment_exists: bool,
    start: String,
    end: String,
    outcome: String,
    requester: Option<String>,
    acting: Option<String>,
    bundle: Option<String>,
    previous_bundle: Option<String>,
    infra: Option<String>,
    project: Option<String>,
    nodes: Vec<NodeResult>,
    task: String,
}

/// A step of an update.
#[derive(Debug, Serialize)]
pub(crate) struct ShownStep {
    node: String,
    step: Step,
    /// The step in words.
    title: String,
    started: String,
    ended: Option<String>,
    outcome: &'static str,
    reason: Option<String>,
}

impl HistoryResult {
    pub(crate) fn listed(entries: &[HistoryEntry], next: Option<&HistoryId>) -> Self {
        let updates = entries.iter().map(ShownUpdate::of).collect();
        Self::Listed { updates, next: next.map(ToString::to_string) }
    }

    pub(crate) fn one(found: HistoryDetails) -> Self {
        let update = Box::new(ShownUpdate::of(&found.entry));
        Self::One { update, steps: found.steps.iter().map(ShownStep::of).collect(), log: found.log }
    }
}

impl ShownUpdate {
    fn of(entry: &HistoryEntry) -> Self {
        fn text(value: Option<&impl ToString>) -> Option<String> {
            value.map(ToString::to_string)
        }
        Self {
            update_id: entry.id.to_string(),
            deployment: entry.deployment.to_string(),
            deployment_uid: text(entry.uid.as_ref()),
            deployment_exists: entry.deployment_exists,
            start: entry.start.to_string(),
            end: entry.end.to_string(),
            outcome: entry.status.to_string(),
            requester: text(entry.requester.as_ref()),
            acting: text(entry.acting.as_ref()),
            bundle: text(entry.bundle.as_ref()),
            previous_bundle: text(entry.previous_bundle.as_ref()),
            infra: text(entry.infra.as_ref()),
            project: text(entry.project.as_ref()),
            nodes: entry.nodes.clone(),
            task: entry.task.clone(),
        }
    }

    fn named(&self) -> String {
        match self.deployment_exists {
            true => self.deployment.clone(),
            false => format!("{} (deleted)", self.deployment),
        }
    }

    fn row(&self) -> Vec<String> {
        vec![
            self.update_id.clone(),
            self.start.clone(),
            self.named(),
            self.outcome.clone(),
            or_empty(self.bundle.as_ref()),
            or_empty(self.previous_bundle.as_ref()),
            or_empty(self.infra.as_ref()),
            or_empty(self.project.as_ref()),
            or_empty(self.requester.as_ref()),
            self.end.clone(),
        ]
    }

    fn facts(&self) -> Vec<Vec<String>> {
        let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
        let facts = [
            ("update", self.update_id.clone()),
            ("deployment", self.named()),
            ("project", known(&self.project)),
            ("infrastructure", known(&self.infra)),
            ("bundle", known(&self.bundle)),
            ("bundle before", self.previous_bundle.clone().unwrap_or_else(|| "none".to_owned())),
            ("requested by", known(&self.requester)),
            ("deployed as", known(&self.acting)),
            ("start", self.start.clone()),
            ("end", self.end.clone()),
            ("outcome", self.outcome.clone()),
        ];
        let facts = facts.into_iter().map(|(name, value)| vec![name.to_owned(), value]);
        let nodes = self.nodes.iter().map(|node| vec![format!("node {}", node.node), after(node)]);
        facts.chain(nodes).collect()
    }
}

impl ShownStep {
    fn of(step: &HistoryStep) -> Self {
        Self {
            node: step.node.clone(),
            step: step.step,
            title: step.step.to_string(),
            started: step.started.to_string(),
            ended: step.ended.map(|at| at.to_string()),
            outcome: step.outcome,
            reason: step.reason.clone(),
        }
    }

    fn row(&self) -> Vec<String> {
        vec![
            self.started.clone(),
            or_empty(self.ended.as_ref()),
            self.node.clone(),
            self.title.clone(),
            self.outcome.to_owned(),
            or_empty(self.reason.as_ref()),
        ]
    }
}

fn or_empty(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

/// What is known of a node after an update.
fn after(node: &NodeResult) -> String {
    match &node.after {
        NodeAfter::NotReached => "not reached".to_owned(),
        NodeAfter::Known { exists: false, .. } => "no such project".to_owned(),
        NodeAfter::Known { active: None, .. } => "the project has no known bundle".to_owned(),
        NodeAfter::Known { active: Some(active), verified: true, .. } => {
            format!("{active} is active, as the settings say")
        }
        NodeAfter::Known { active: Some(active), .. } => format!("{active} is active"),
        _ => "unknown".to_owned(),
    }
}

impl StoreResult for HistoryResult {
    const TITLE: &'static str = "History";

    fn head(&self) -> &'static [&'static str] {
        match self {
            Self::Listed { .. } => &[
                "update",
                "start",
                "deployment",
                "outcome",
                "bundle",
                "bundle before",
                "infrastructure",
                "project",
                "requester",
                "end",
            ],
            Self::One { .. } => &["started", "ended", "node", "step", "outcome", "reason"],
        }
    }

    fn rows(&self) -> Vec<Vec<String>> {
        match self {
            Self::Listed { updates, .. } => updates.iter().map(ShownUpdate::row).collect(),
            Self::One { steps, .. } => steps.iter().map(ShownStep::row).collect(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Listed { .. } => aligned(&self.rows()),
            Self::One { update, log, .. } => {
                let mut text = aligned(&update.facts());
                for line in log {
                    let _ = writeln!(text, "{line}");
                }
                text
            }
        }
    }

    fn verdict(&self, _: &str, store: &str) -> (Tone, String) {
        match self {
            Self::Listed { updates, next } => {
                let more = next.as_ref().map(|next| format!("; earlier ones: --after {next}"));
                let count = counted(updates.len(), "update");
                (Tone::Good, format!("{count} of {store}{}", more.unwrap_or_default()))
            }
            Self::One { update, .. } => {
                let tone = match update.outcome.as_str() {
                    "success" => Tone::Good,
                    _ => Tone::Bad,
                };
                (tone, format!("{}: {}", update.deployment, update.outcome))
            }
        }
    }
}
