//! Remedies of login parity, carried out: what we can do about what a plan names, and what only people
//! can.
//!
//! [`RemedyWork::of`] is a pure function: of a [`RemedyPlan`], of the sources that may supply new
//! accounts ([`OptIn`]), and of what else is known ([`RemedyFacts`]) it makes the calls to send, what is
//! held back and why, and the manual_steps of people, with the addresses to go to. [`apply`] sends the calls,
//! [`remediate`] does all of it and looks again.
//!
//! Right before each call its precondition is looked at again in the directory ([`Preconditions`]): nobody
//! whom a directory disabled, expired or locked meanwhile is let in.
//!
//! Nobody outside the work is touched, no account is created from a source that was not opted in to
//! (D11), and after a run that went well a further one has nothing to send (R11). A run may end anywhere:
//! the next one finds what is left.
//!
//! [`RemedyPlan`]: project_deployer_ldap::matching::RemedyPlan

mod apply;
mod facts;
mod gather;
mod manual_step;
mod memberships;
mod opt_in;
mod outcome;
mod preconditions;
mod remediate;
mod work;
mod write;

pub use self::apply::{Mode, apply, applying};
pub use self::facts::{LocationFacts, RemedyFacts};
pub use self::manual_step::{Blocker, ManualStep, SkippedAction};
pub use self::memberships::MembershipChange;
pub use self::opt_in::OptIn;
pub use self::outcome::{Applied, Outcome, Written};
pub use self::preconditions::Preconditions;
pub use self::remediate::{RemediationReport, remediate};
pub use self::work::RemedyWork;
pub use self::write::Write;

#[cfg(test)]
mod tests;
