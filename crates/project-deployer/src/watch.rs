//! Watching: the health of deployments and the parity of logins are looked at on a schedule, for each infrastructure. What
//! is not as it should be is kept as a [`Finding`], with when it was seen first and last (D9, G7, M18).
//!
//! A round gathers an observation; `compare` decides what it changes in the findings that are known. What could not
//! be observed neither opens nor resolves a finding: a wrong verdict is worse than an unknown one.

mod before;
mod compare;
mod deployment_state;
mod event;
mod finding;
mod health;
mod ignore;
mod kept_settings;
mod metrics;
mod names;
mod node_lane;
mod observation;
mod parity;
mod round;
mod rounds;
mod schedule;
mod setting;
mod silent;
mod state;

pub(crate) use self::compare::{compare, resolve};
pub use self::deployment_state::{DeploymentState, ExecutionState};
pub use self::event::{WatchEvent, WatchEventKind};
pub use self::finding::{Acknowledgement, Finding, FindingFilter, FindingKind, FindingSubject};
pub use self::ignore::{IgnoreRequest, IgnoreRule};
pub(crate) use self::ignore::{MOST_RULES, ignored_by};
pub use self::metrics::{MonitoredDeployment, prometheus_text};
pub(crate) use self::names::unknown;
pub(crate) use self::observation::{Observation, Seen};
pub use self::round::WatchRun;
pub(crate) use self::round::{Done, Task};
pub(crate) use self::schedule::{Rhythm, next_round};
pub use self::setting::{Check, UnknownWatchScope, WatchRequest, WatchScope, WatchSetting};
pub(crate) use self::setting::{rules_of, setting_of};
pub(crate) use self::state::WatchRecord;
pub use self::state::{WatchRound, WatchedCheck, WatchedInfra};

#[cfg(test)]
mod tests;
