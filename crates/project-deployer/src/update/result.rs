//! What is known of the nodes at the end of an update.

use project_deployer_core::BundleId;
use serde::{Deserialize, Serialize};

use super::event::{StepOutcome, UpdateEvent};
use super::plan::{PlannedNode, UpdatePlan};
use super::progress::NodeProgress;
use super::step::Step;

/// One node of an update that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NodeResult {
    /// Its label.
    pub node: String,
    /// The bundle that was active before the update, where the node reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<BundleId>,
    /// What it has now.
    pub after: NodeAfter,
}

/// What is known of a node after an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
#[non_exhaustive]
pub enum NodeAfter {
    /// The update did not get to it.
    NotReached,
    /// The project is as the node reported it, or as its answers to the update imply.
    Known {
        /// Whether the project exists.
        exists: bool,
        /// The active bundle, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        active: Option<BundleId>,
        /// Whether the node was compared with the settings after the update, without a difference.
        verified: bool,
    },
    /// It is unknown: a reply was lost, the node did not answer, or this version cannot read the journal.
    Unknown,
}

/// What the journal of an update shows of its nodes.
#[must_use]
pub fn node_results(plan: &UpdatePlan, events: &[UpdateEvent]) -> Vec<NodeResult> {
    let nodes = plan.nodes.iter().enumerate();
    let result = |(number, node): (usize, &PlannedNode)| NodeResult {
        node: node.name.clone(),
        before: before(events, number),
        after: after(plan, events, number),
    };
    nodes.map(result).collect()
}

/// The nodes of an update whose journal cannot be read.
pub(crate) fn unknown_nodes(plan: &UpdatePlan) -> Vec<NodeResult> {
    let unknown = |node: &PlannedNode| NodeResult {
        node: node.name.clone(),
        before: None,
        after: NodeAfter::Unknown,
    };
    plan.nodes.iter().map(unknown).collect()
}

/// The first thing that an update does on a node is to look.
fn before(events: &[UpdateEvent], on_node: usize) -> Option<BundleId> {
    let first = events.iter().find_map(|event| match event {
        UpdateEvent::StepFinished { node, outcome: StepOutcome::Seen { view }, .. }
            if *node == on_node =>
        {
            Some(view)
        }
        _ => None,
    });
    first.and_then(|view| view.active.clone())
}

fn after(plan: &UpdatePlan, events: &[UpdateEvent], on_node: usize) -> NodeAfter {
    // What the bundle needs is asked of every node, before the update gets to it.
    let begun = |event: &UpdateEvent| {
        matches!(event, UpdateEvent::StepStarted { node, step, .. }
            if *node == on_node && *step != Step::CheckNeeds)
    };
    if !events.iter().any(begun) {
        return NodeAfter::NotReached;
    }
    let progress = NodeProgress::read(plan, events, on_node);
    match &progress.view {
        Some(view) if !progress.is_unsettled() => NodeAfter::Known {
            exists: view.exists,
            active: view.active.clone(),
            verified: progress.done.contains(&Step::Verify),
        },
        _ => NodeAfter::Unknown,
    }
}
