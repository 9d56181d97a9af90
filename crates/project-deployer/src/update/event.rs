use std::collections::BTreeSet;

use project_deployer_core::infra::HookPhase;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::{CodeEnv, Dropped, NodeProject};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::sync::FieldDifference;
use project_deployer_core::{BundleId, Login, Timestamp};
use serde::{Deserialize, Serialize};

use super::plan::UpdatePlan;
use super::step::Step;
use crate::hooks::HookOutcome;

/// One entry in the journal of an update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
#[non_exhaustive]
pub enum UpdateEvent {
    /// The update began.
    Started {
        /// The time.
        at: Timestamp,
        /// The plan.
        plan: Box<UpdatePlan>,
    },
    /// Another process resumed the update of one that died.
    Resumed {
        /// The time.
        at: Timestamp,
        /// The name of the process.
        holder: String,
    },
    /// It waits for others: as many updates run as the Deployer allows.
    Queued {
        /// The time.
        at: Timestamp,
        /// Its place among those that wait; 1 is the next one.
        position: usize,
        /// The name of the node that is busy; `None` when any update has to end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
    },
    /// Its turn came after windows had closed. Without a word to break the glass, it ends before it begins.
    #[serde(rename_all = "camelCase")]
    OutsideWindow {
        /// The time.
        at: Timestamp,
        /// Why updates may not start, and what to do.
        refused: String,
        /// Why it goes on all the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        break_glass: Option<String>,
    },
    /// Somebody cancelled the update. Any process may write this entry, between any two others.
    CancelRequested {
        /// The time.
        at: Timestamp,
        /// Who.
        by: Login,
    },
    /// A step is about to run.
    StepStarted {
        /// The time.
        at: Timestamp,
        /// The index of the node.
        node: usize,
        /// The step.
        step: Step,
    },
    /// A step ended.
    StepFinished {
        /// The time.
        at: Timestamp,
        /// The index of the node.
        node: usize,
        /// The step.
        step: Step,
        /// The result.
        outcome: StepOutcome,
    },
    /// A log of the node that belongs to the step that ended, such as that of a code environment that was built.
    StepLog {
        /// The time.
        at: Timestamp,
        /// The index of the node.
        node: usize,
        /// The step.
        step: Step,
        /// The log.
        log: StepLog,
    },
    /// A hook is about to run.
    HookStarted {
        /// The time.
        at: Timestamp,
        /// When it runs.
        phase: HookPhase,
        /// Its place in the plan.
        index: usize,
    },
    /// A hook ended, or got no slot in time. It never runs again in this update.
    HookFinished {
        /// The time.
        at: Timestamp,
        /// When it runs.
        phase: HookPhase,
        /// Its place in the plan.
        index: usize,
        /// The result.
        outcome: HookOutcome,
    },
    /// The update ended. This is the last entry.
    Closed {
        /// The time.
        at: Timestamp,
        /// The result.
        status: UpdateStatus,
        /// The reason, where the steps do not show it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// The end of a log that a node keeps, as an update keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StepLog {
    /// What it is the log of.
    pub of: String,
    /// Its name on the node.
    pub name: String,
    /// Its last lines, without what looks like a secret. Empty for callers who do not administer the infrastructure: such
    /// logs are for administrators of the node.
    pub text: String,
    /// Whether its beginning was left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
#[non_exhaustive]
pub enum StepOutcome {
    /// The state of the project on the node was read.
    Seen {
        /// The state.
        view: NodeView,
    },
    /// The webapps of the project were listed: before an activation, after their user was set, and after their restart.
    Webapps {
        /// The ids of those whose backend runs. Before an activation also of those that an earlier update left down.
        running: BTreeSet<String>,
        /// After the restart: the ids of those that should run, and of which the node does not say that they do. Some may not be
        /// in this bundle.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        down: BTreeSet<String>,
        /// What that means.
        #[serde(default)]
        messages: InfoMessages,
    },
    /// The needs of the bundle were compared with the node.
    Needs {
        /// The code environments that are not there, by their names on the node.
        missing_code_envs: Vec<CodeEnv>,
        /// What that means.
        #[serde(default)]
        messages: InfoMessages,
    },
    /// It succeeded.
    Done {
        /// The messages of the node.
        #[serde(default)]
        messages: InfoMessages,
        /// Users and groups of the design project's permissions that do not exist on the node.
        #[serde(default)]
        dropped: Dropped,
    },
    /// It had no effect.
    Failed {
        /// The reason, and what to do.
        reason: String,
        /// Milliseconds until the step may be retried; `None` means never.
        retry_after_ms: Option<u64>,
    },
    /// Its effect is unknown; the node has to be inspected.
    Ambiguous {
        /// The error.
        reason: String,
        /// Milliseconds until the step may be retried, once the node shows that it had no effect;
        /// `None` means never.
        retry_after_ms: Option<u64>,
    },
    /// The node was compared with the settings after the update.
    Compared {
        /// The fields that differ. Empty on success.
        differences: Vec<FieldDifference>,
        /// What the node does not report.
        unknown: Option<String>,
    },
}

/// The state of a project on a node before a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NodeView {
    /// Whether the project exists.
    pub exists: bool,
    /// Whether the bundle was imported.
    pub imported: bool,
    /// The active bundle, where the node reports it.
    pub active: Option<BundleId>,
}

impl NodeView {
    /// The state of a project before a bundle comes.
    pub(crate) fn of(project: Option<&NodeProject>, bundle: &BundleId) -> Self {
        project.map_or_else(Self::default, |project| Self {
            exists: true,
            imported: project.has_imported(bundle),
            active: project.active_bundle.clone(),
        })
    }
}

impl UpdateEvent {
    /// The time of the event.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Started { at, .. }
            | Self::Resumed { at, .. }
            | Self::Queued { at, .. }
            | Self::OutsideWindow { at, .. }
            | Self::CancelRequested { at, .. }
            | Self::StepStarted { at, .. }
            | Self::StepFinished { at, .. }
            | Self::StepLog { at, .. }
            | Self::HookStarted { at, .. }
            | Self::HookFinished { at, .. }
            | Self::Closed { at, .. } => *at,
        }
    }
}

impl StepOutcome {
    /// A success without messages.
    #[must_use]
    pub fn done() -> Self {
        Self::Done { messages: InfoMessages::default(), dropped: Dropped::default() }
    }

    /// The outcome in a word: `done`, `failed`, `ambiguous` or `differs`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "failed",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Compared { differences, .. } if !differences.is_empty() => "differs",
            Self::Seen { .. }
            | Self::Webapps { .. }
            | Self::Needs { .. }
            | Self::Done { .. }
            | Self::Compared { .. } => "done",
        }
    }

    /// Why it is no success.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Failed { reason, .. } | Self::Ambiguous { reason, .. } => Some(reason.clone()),
            Self::Compared { differences, .. } if !differences.is_empty() => {
                let all: Vec<_> = differences.iter().map(ToString::to_string).collect();
                Some(all.join("; "))
            }
            Self::Seen { .. }
            | Self::Webapps { .. }
            | Self::Needs { .. }
            | Self::Done { .. }
            | Self::Compared { .. } => None,
        }
    }
}
