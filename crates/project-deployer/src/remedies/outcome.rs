use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use project_deployer_core::Login;
use project_deployer_ldap::Reason;
use serde::Serialize;

use super::manual_step::Blocker;
use super::write::{Write, quoted};

/// The outcomes of all calls of a run, in the order in which they ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct Applied {
    /// The calls with their outcomes.
    pub written: Vec<Written>,
}

/// A call and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Written {
    /// The call.
    pub write: Write,
    /// The outcome.
    pub outcome: Outcome,
}

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// It was not sent: a dry run.
    NotSent,
    /// It is done.
    Done {
        /// Whether the answer was lost and the effect was found at the location.
        read_back: bool,
    },
    /// It is done for some logins, but not for these.
    Partly {
        /// The logins that it is not done for.
        left: BTreeSet<Login>,
        /// Why.
        reason: Reason,
    },
    /// It had no effect.
    Refused {
        /// Why.
        reason: Reason,
    },
    /// The effect is unknown: the answer was lost, and reading the location back failed or shows no
    /// effect yet.
    Unclear {
        /// Why.
        reason: Reason,
    },
    /// It was not sent, because the location stopped answering.
    NotTried {
        /// Why the location stopped answering.
        reason: Reason,
    },
}

impl Outcome {
    /// Whether all of it is done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }

    /// The outcome of a call from which these logins were skipped, with the reasons.
    pub(super) fn without(self, write: &Write, skipped: BTreeMap<Login, Blocker>) -> Self {
        if skipped.is_empty() {
            return self;
        }
        let mut by_reason: BTreeMap<String, Vec<&Login>> = BTreeMap::new();
        for (login, why) in &skipped {
            by_reason.entry(why.to_string()).or_default().push(login);
        }
        let each = by_reason.into_iter().map(|(why, logins)| format!("{}: {why}", quoted(logins)));
        let why = each.collect::<Vec<_>>().join("; ");
        let nobody_left = skipped.len() == write.logins().len();
        let mut left: BTreeSet<Login> = skipped.into_keys().collect();
        match self {
            _ if nobody_left => Self::Refused { reason: Reason::new(why) },
            Self::Done { .. } => Self::Partly { left, reason: Reason::new(why) },
            Self::Partly { left: more, reason } => {
                left.extend(more);
                Self::Partly { left, reason: Reason::new(format!("{reason}; {why}")) }
            }
            Self::Refused { reason } => {
                Self::Refused { reason: Reason::new(format!("{reason}; {why}")) }
            }
            Self::Unclear { reason } => {
                Self::Unclear { reason: Reason::new(format!("{reason}; {why}")) }
            }
            Self::NotSent | Self::NotTried { .. } => self,
        }
    }
}

impl Applied {
    /// Whether all calls are done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.written.iter().all(|written| written.outcome.is_done())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent => f.write_str("not sent"),
            Self::Done { read_back: false } => f.write_str("done"),
            Self::Done { read_back: true } => {
                f.write_str("done, confirmed by reading the location back")
            }
            Self::Partly { left, reason } => {
                write!(f, "done, but not for {}: {reason}", quoted(left))
            }
            Self::Refused { reason } => write!(f, "refused: {reason}"),
            Self::Unclear { reason } => write!(f, "unknown: {reason}"),
            Self::NotTried { reason } => write!(f, "not tried: {reason}"),
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.write, self.outcome)
    }
}
