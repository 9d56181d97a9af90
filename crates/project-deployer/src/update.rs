//! Updates of deployments. The next step of an update is a pure function of its plan and of its
//! journal.
//!
//! [`next`] decides. The engine carries out each step, and writes it to the journal before and
//! after it runs. A process that dies between two steps is one more input to the same function.

mod cancelled;
mod event;
mod hooks;
mod log;
mod machine;
mod needs;
mod plan;
mod progress;
mod result;
mod stalled;
mod step;
mod windows;

pub(crate) use self::cancelled::broken_off;
pub use self::cancelled::{after_cancel, cancelled_by};
pub use self::event::{NodeView, StepLog, StepOutcome, UpdateEvent};
pub(crate) use self::hooks::hook_failures;
pub use self::log::{line, lines, lines_of, where_failed};
pub use self::machine::{Next, next};
pub(crate) use self::machine::{is_cancelled, is_stopped_by_cancel};
pub use self::needs::{NodeHas, check_needs};
pub(crate) use self::needs::{mode_of_guess, when_missing};
pub use self::plan::{PlannedBundle, PlannedNode, UpdatePlan};
pub(crate) use self::progress::{NodeProgress, webapps_left_down};
pub(crate) use self::result::unknown_nodes;
pub use self::result::{NodeAfter, NodeResult, node_results};
pub(crate) use self::stalled::last_but_logs;
pub use self::stalled::{Stalled, stalled};
pub use self::step::Step;
pub(crate) use self::windows::{asks_windows, refused_by_windows};

#[cfg(test)]
mod tests;
