//! Hooks of infrastructures: what runs before an update, after it, and after its failure.
//!
//! A [`HookDefinition`] says what runs. An update takes the definitions into its plan, and
//! [`update::next`](crate::update::next) decides which one is next. The host of hooks runs one: it waits for a slot,
//! sends the payload, and reads the [`HookOutcome`].

mod definition;
mod host;
mod http;
mod in_process;
mod outcome;
mod payload;
#[cfg(unix)]
mod process;
mod signature;
mod slots;

pub use self::definition::{HookDefinition, HookKind, PlannedHooks};
pub(crate) use self::definition::{mistakes, mistakes_beside, mistakes_of_each, unsigned};
pub use self::host::HookPrograms;
pub(crate) use self::host::{HookDelivery, HookHost};
pub use self::in_process::{HookCall, UpdateHook};
pub use self::outcome::{HookOutcome, HookResult};
pub(crate) use self::payload::{HookSubject, payload};
pub(crate) use self::signature::{headers as signed_headers, is_malformed, stable_key};
pub use self::slots::{HookLimits, QueuedHook};

#[cfg(test)]
mod tests;
