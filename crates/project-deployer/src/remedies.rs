//! Carries out remedies of login parity, and lists the manual steps that only people can do.
//!
//! [`RemedyWork::of`] is a pure function. Its inputs are a [`RemedyPlan`], the sources that may
//! supply new accounts ([`OptIn`]), and further facts ([`RemedyFacts`]). Its result has the calls
//! to send, the skipped actions with their reasons, and the manual steps with the addresses to go
//! to. [`apply`] sends the calls. [`remediate`] does all of this and assesses parity again.
//!
//! Right before each call, the directory is queried again for its preconditions
//! ([`Preconditions`]): a person whom the directory disabled, expired or locked in the meantime
//! gets no access.
//!
//! No account outside the work is changed. No account is created from a source without opt-in
//! (D11). After a successful run, another run has nothing to send (R11). A run may stop anywhere:
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
