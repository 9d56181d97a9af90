//! Who may do what: rights of groups on infrastructures and published projects (R-P1 to R-P14).
//!
//! Rights add up over a caller's groups and are never negative (R-P12). Admin implies deploy and
//! deploy implies view (our choice where R-P14 leaves it open). A deployment has no rights of its own: it needs the
//! right on its infrastructure and on its published project (R-P8). Without view an object does not
//! exist for the caller (R-P2).

mod caller;
mod decision;
mod grant;
mod operation;

pub use caller::{Caller, GlobalRight};
pub use decision::{Explanation, Outcome, Refusal, Rule, Scope, Side, authorize, explain};
pub use grant::{InfraGrant, InfraRight, ProjectGrant, ProjectRight};
pub use operation::{Operation, Requirement};

pub(crate) use grant::note_groups_granted_twice;

#[cfg(test)]
mod tests;
