use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::Dropped;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::sync::FieldDifference;
use project_deployer_core::{BundleId, Timestamp};
use serde::{Deserialize, Serialize};

use super::plan::UpdatePlan;
use super::step::Step;

/// One entry in the journal of an update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
#[non_exhaustive]
pub enum UpdateEvent {
    /// It began.
    Started {
        /// When.
        at: Timestamp,
        /// What it is going to do.
        plan: Box<UpdatePlan>,
    },
    /// Another deployer took over from one that died.
    Resumed {
        /// When.
        at: Timestamp,
        /// Which deployer.
        holder: String,
    },
    /// A step is about to run.
    StepStarted {
        /// When.
        at: Timestamp,
        /// On which node, counted from 0.
        node: usize,
        /// Which step.
        step: Step,
    },
    /// A step ended.
    StepFinished {
        /// When.
        at: Timestamp,
        /// On which node, counted from 0.
        node: usize,
        /// Which step.
        step: Step,
        /// How.
        outcome: StepOutcome,
    },
    /// It ended. Nothing comes after this.
    Closed {
        /// When.
        at: Timestamp,
        /// How.
        status: UpdateStatus,
        /// Why, where its steps do not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
#[non_exhaustive]
pub enum StepOutcome {
    /// What the node holds.
    Seen {
        /// What is there.
        view: NodeView,
    },
    /// It did what it should.
    Done {
        /// What the node says about it.
        #[serde(default)]
        messages: InfoMessages,
        /// Who of the design project's permissions is not known on the node.
        #[serde(default)]
        dropped: Dropped,
    },
    /// It did nothing.
    Failed {
        /// Why, and what to do.
        reason: String,
        /// After how many milliseconds the same may be tried again; none means never.
        retry_after_ms: Option<u64>,
    },
    /// Nobody knows whether it did something; the node has to be asked.
    Ambiguous {
        /// What happened.
        reason: String,
        /// After how many milliseconds it may be tried again, once the node shows that it did
        /// nothing; none means never.
        retry_after_ms: Option<u64>,
    },
    /// What differs from the settings after the update; nothing is what one hopes for.
    Compared {
        /// The fields.
        differences: Vec<FieldDifference>,
        /// What the node does not tell.
        unknown: Option<String>,
    },
}

/// What a node holds of the project before a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NodeView {
    /// Whether the project is there.
    pub exists: bool,
    /// Whether the bundle was imported.
    pub imported: bool,
    /// The active bundle, where the node tells.
    pub active: Option<BundleId>,
}

impl UpdateEvent {
    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Started { at, .. }
            | Self::Resumed { at, .. }
            | Self::StepStarted { at, .. }
            | Self::StepFinished { at, .. }
            | Self::Closed { at, .. } => *at,
        }
    }
}

impl StepOutcome {
    /// Done, and nothing to say.
    #[must_use]
    pub fn done() -> Self {
        Self::Done { messages: InfoMessages::default(), dropped: Dropped::default() }
    }
}
