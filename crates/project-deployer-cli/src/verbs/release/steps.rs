//! What a release did, step by step.

use std::time::{Duration, Instant};

use crate::exit::Exit;
use crate::failure::Failure;

/// The steps so far.
#[derive(Debug, Default)]
pub(super) struct Steps {
    all: Vec<Step>,
    exit: Option<Exit>,
}

/// One step.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// What it is about: a deployment, or the bundle.
    pub(super) suite: String,
    pub(super) name: &'static str,
    pub(super) took: Duration,
    pub(super) outcome: StepOutcome,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StepOutcome {
    /// It did its work: this.
    Passed(String),
    /// It had nothing to do, for this reason.
    Skipped(String),
    /// It failed, for this reason.
    Failed(String),
}

/// What a step that did not fail returns.
pub(super) enum Done<T> {
    Work(T, String),
    Nothing(T, String),
}

impl Steps {
    /// Carries a step out and keeps how it ended. None if it failed, which ends the release.
    pub(super) async fn run<T>(
        &mut self,
        suite: &str,
        name: &'static str,
        step: impl Future<Output = Result<Done<T>, Failure>>,
    ) -> Option<T> {
        let begun = Instant::now();
        let (outcome, result) = match step.await {
            Ok(Done::Work(result, text)) => (StepOutcome::Passed(text), Some(result)),
            Ok(Done::Nothing(result, text)) => (StepOutcome::Skipped(text), Some(result)),
            Err(failure) => {
                self.exit.get_or_insert(failure.exit());
                (StepOutcome::Failed(crate::with_reasons(failure.reason())), None)
            }
        };
        let took = begun.elapsed();
        self.all.push(Step { suite: suite.to_owned(), name, took, outcome });
        result
    }

    /// Notes a step that is not reached.
    pub(super) fn skip(&mut self, suite: &str, name: &'static str, reason: &str) {
        let outcome = StepOutcome::Skipped(reason.to_owned());
        self.all.push(Step { suite: suite.to_owned(), name, took: Duration::ZERO, outcome });
    }

    pub(super) fn has_failed(&self) -> bool {
        self.exit.is_some()
    }

    /// The steps in order.
    pub(super) fn all(&self) -> &[Step] {
        &self.all
    }

    /// Why the release failed.
    pub(super) fn failures(&self) -> impl Iterator<Item = &str> {
        self.all.iter().filter_map(|step| match &step.outcome {
            StepOutcome::Failed(reason) => Some(reason.as_str()),
            StepOutcome::Passed(_) | StepOutcome::Skipped(_) => None,
        })
    }

    /// The exit code of the release: that of the step that failed.
    pub(super) fn exit(&self) -> Exit {
        self.exit.unwrap_or(Exit::Clean)
    }
}
