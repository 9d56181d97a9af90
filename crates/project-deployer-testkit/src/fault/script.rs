use std::collections::VecDeque;

use super::Fault;
use super::target::Target;

/// What happens to the calls of one endpoint, call by call. After its last step all goes well.
///
/// ```
/// use project_deployer_testkit::{Fault, FaultScript};
/// let script = FaultScript::on("POST", "/projects/*/bundles/imported/*/actions/activate")
///     .fails(Fault::status(503))
///     .fails(Fault::reply_lost())
///     .succeeds()
///     .fails(Fault::garbage());
/// # let _ = script;
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct FaultScript {
    target: Target,
    steps: VecDeque<Option<Fault>>,
}

impl FaultScript {
    /// A script for the calls of a method to paths that fit a pattern, as [`Fault::on`] reads them.
    pub fn on(method: &str, path: impl Into<String>) -> Self {
        Self { target: Target::new(method, path), steps: VecDeque::new() }
    }

    /// The next call goes wrong in this way. Where and how often the fault itself wants to happen does
    /// not matter.
    pub fn fails(mut self, fault: Fault) -> Self {
        self.steps.push_back(Some(fault));
        self
    }

    /// The next call goes well.
    pub fn succeeds(mut self) -> Self {
        self.steps.push_back(None);
        self
    }

    /// The step of a call; none when the script does not concern it, or is over.
    pub(crate) fn step(&mut self, method: &str, path: &str) -> Option<Option<Fault>> {
        if self.target.concerns(method, path) { self.steps.pop_front() } else { None }
    }
}
