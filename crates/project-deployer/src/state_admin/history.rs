//! The history of updates of a state, for an administrator who has the state itself.

use std::sync::Arc;

use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;

use super::State;
use crate::history::{HistoryEntry, HistoryFilter, HistoryPage, Reader, Reading};
use crate::session::{NodeLogs, log_of};
use crate::state::{DeploymentRecord, Found, HistoryId, HistoryRecord, Repository, typed};
use crate::update::{Step, UpdateEvent, UpdatePlan};

/// An update that has ended, with what its journal says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HistoryDetails {
    /// The update.
    pub entry: HistoryEntry,
    /// Its steps, in the order in which they began. A step that was tried again is there again.
    pub steps: Vec<HistoryStep>,
    /// The lines of its log.
    pub log: Vec<String>,
}

/// A step of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryStep {
    /// The label of its node.
    pub node: String,
    /// The step.
    pub step: Step,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; none if the process died meanwhile.
    pub ended: Option<Timestamp>,
    /// How it ended, as [`StepOutcome::word`](crate::update::StepOutcome::word) says it, or `interrupted`.
    pub outcome: &'static str,
    /// Why it failed.
    pub reason: Option<String>,
}

/// One page of the history of updates of a state, the latest start first, also of deployments that were deleted. It
/// begins after the `next` of the page before. A Deployer may run meanwhile. Nothing is written: what an earlier version
/// left is in the history once a Deployer of this version has run.
///
/// # Errors
///
/// The state cannot be read.
pub async fn list_history(
    state: &State,
    filter: &HistoryFilter,
    after: Option<&HistoryId>,
    limit: usize,
) -> Result<HistoryPage, DeployerError> {
    let repository = Repository { store: Arc::clone(&state.store) as _ };
    Reading::new(&repository, Owner(&repository), filter).page(after, limit).await
}

/// One update of the history of a state, with its steps and its log.
///
/// # Errors
///
/// It does not exist, or the state cannot be read.
pub async fn history_details(
    state: &State,
    id: &HistoryId,
) -> Result<HistoryDetails, DeployerError> {
    let repository = Repository { store: Arc::clone(&state.store) as _ };
    let found = repository.existing::<HistoryRecord>(id).await?;
    let task = found.value.task.clone();
    let entry = Owner(&repository).entry(found.value).await?;
    let journal = repository.journal(&task.journal(), 0).await?;
    // The log says which of them cannot be read.
    let events: Vec<UpdateEvent> =
        journal.into_iter().filter_map(|entry| typed(entry.body).ok()).collect();
    let log = log_of(&repository, &task, 0, false, NodeLogs::Shown).await?.lines;
    Ok(HistoryDetails { entry, steps: steps(&events), log })
}

/// Whoever has the state sees all of it.
struct Owner<'a>(&'a Repository);

impl Reader for Owner<'_> {
    fn sees(&mut self, _record: &HistoryRecord) -> bool {
        true
    }

    async fn entry(&self, record: HistoryRecord) -> Result<HistoryEntry, DeployerError> {
        let found = self.0.find_readable::<DeploymentRecord>(&record.deployment).await?;
        let exists = match found {
            Found::Readable(found) => found.value.uid == record.origin.uid,
            Found::Absent | Found::Unreadable { .. } => false,
        };
        Ok(HistoryEntry::of(record, exists))
    }
}

fn steps(events: &[UpdateEvent]) -> Vec<HistoryStep> {
    let mut plan: Option<&UpdatePlan> = None;
    let mut steps: Vec<(usize, HistoryStep)> = Vec::new();
    for event in events {
        match event {
            UpdateEvent::Started { plan: known, .. } => plan = Some(known),
            UpdateEvent::StepStarted { at, node: number, step } => {
                let node = plan.and_then(|plan| plan.nodes.get(*number));
                let begun = HistoryStep {
                    node: node.map_or_else(|| "a node".to_owned(), |node| node.name.clone()),
                    step: *step,
                    started: *at,
                    ended: None,
                    outcome: "interrupted",
                    reason: None,
                };
                steps.push((*number, begun));
            }
            UpdateEvent::StepFinished { at, node, outcome, .. } => {
                let on_node = |(number, _): &&mut (usize, HistoryStep)| number == node;
                if let Some((_, step)) = steps.iter_mut().rev().find(on_node) {
                    step.ended = Some(*at);
                    (step.outcome, step.reason) = (outcome.word(), outcome.reason());
                }
            }
            _ => {}
        }
    }
    steps.into_iter().map(|(_, step)| step).collect()
}
