//! An update of a deployment: what it does next is a pure function of its plan and of the journal of
//! what it did so far.
//!
//! [`next`] decides; the engine writes each step to the journal before and after it runs, and carries
//! it out. A deployer that dies between two steps is one more input to the same function.

mod event;
mod log;
mod machine;
mod plan;
mod progress;
mod step;

pub use self::event::{NodeView, StepOutcome, UpdateEvent};
pub use self::log::{line, lines, where_failed};
pub use self::machine::{Next, next};
pub use self::plan::{PlannedBundle, PlannedNode, UpdatePlan};
pub(crate) use self::progress::NodeProgress;
pub use self::step::Step;

#[cfg(test)]
mod tests;
