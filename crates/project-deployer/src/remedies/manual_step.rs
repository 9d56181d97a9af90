use std::collections::BTreeSet;
use std::fmt;

use project_deployer_core::accounts::SourceType;
use project_deployer_core::{Login, NodeAddress};
use project_deployer_ldap::matching::{LocationId, Remedy};
use project_deployer_ldap::{AccountBlock, Reason};
use serde::Serialize;

use super::write::quoted;

/// A remedy that a person carries out, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ManualStep {
    /// The logins that it is for; empty where it concerns no login.
    pub logins: BTreeSet<Login>,
    /// The locations that benefit.
    pub places: Vec<LocationId>,
    /// Whether it is carried out in a directory, and not at these locations.
    pub in_directory: bool,
    /// The address to go to, if the step is carried out there, and there is only one that is known.
    pub address: Option<NodeAddress>,
    /// What to do there.
    pub what: String,
}

/// A remedy that the system could carry out, and skips.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SkippedAction {
    /// The remedy.
    pub remedy: Remedy,
    /// The location.
    pub at: LocationId,
    /// The logins that it was for.
    pub logins: BTreeSet<Login>,
    /// The reason.
    pub why: Blocker,
}

/// Why a remedy is skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "blocker", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Blocker {
    /// No opt-in to create accounts from this source (D11).
    NotOptedIn {
        /// The source.
        source: SourceType,
    },
    /// The source no longer authorizes the user. A user who left is not enabled again (R-L5).
    NotSupplied {
        /// What the source reports.
        reason: Reason,
    },
    /// The directory blocks the person. A person whom it disabled, expired or locked gets no access
    /// without a request for it.
    BlockedInDirectory {
        /// The attribute and value that block the person.
        block: AccountBlock,
    },
    /// A required fact is unknown.
    Unknown {
        /// Why.
        reason: Reason,
    },
    /// The accounts of the location cannot be reached.
    Unreached {
        /// Why.
        reason: Reason,
    },
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOptedIn { source } => {
                write!(f, "new accounts from {source} need an opt-in; opt in to that source")
            }
            Self::NotSupplied { reason } => {
                write!(
                    f,
                    "the source does not authorize the user: {reason}; add the person to the source again, or \
                     leave the account as it is"
                )
            }
            Self::BlockedInDirectory { block } => {
                write!(
                    f,
                    "the person is {block}; unblock the account there, or add `--even-if-disabled`"
                )
            }
            Self::Unknown { reason } => {
                write!(f, "unknown: {reason}; try again once this is fixed")
            }
            Self::Unreached { reason } => {
                write!(f, "it cannot be reached: {reason}; try again once this is fixed")
            }
        }
    }
}

impl SkippedAction {
    /// The location, the remedy and the logins, without the reason.
    #[must_use]
    pub fn action(&self) -> String {
        format!("{}: {} {}", self.at, self.remedy, quoted(&self.logins))
    }
}

impl fmt::Display for SkippedAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.action(), self.why)
    }
}

impl fmt::Display for ManualStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<String> = self.places.iter().map(ToString::to_string).collect();
        let places = places.join(", ");
        let logins = quoted(&self.logins);
        match (self.logins.is_empty(), self.in_directory) {
            (true, _) => write!(f, "{places}: {}", self.what)?,
            (false, true) => write!(f, "{logins} (needed on {places}): {}", self.what)?,
            (false, false) => write!(f, "{logins} on {places}: {}", self.what)?,
        }
        match &self.address {
            Some(address) if !self.what.contains(&address.to_string()) => {
                write!(f, ", at {address}")
            }
            _ => Ok(()),
        }
    }
}
