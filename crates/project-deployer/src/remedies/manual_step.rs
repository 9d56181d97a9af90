use std::collections::BTreeSet;
use std::fmt;

use project_deployer_core::accounts::SourceType;
use project_deployer_core::{Login, NodeAddress};
use project_deployer_ldap::matching::{LocationId, Remedy};
use project_deployer_ldap::{AccountBlock, Reason};
use serde::Serialize;

use super::write::quoted;

/// What a person does, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ManualStep {
    /// For whom; empty where it concerns no login.
    pub logins: BTreeSet<Login>,
    /// The locations that it helps.
    pub places: Vec<LocationId>,
    /// Where the person goes, as far as it is known and in one place.
    pub address: Option<NodeAddress>,
    /// What to do there.
    pub what: String,
}

/// A remedy that could be ours and is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SkippedAction {
    /// What it would have been.
    pub remedy: Remedy,
    /// Where.
    pub at: LocationId,
    /// For whom.
    pub logins: BTreeSet<Login>,
    /// Why not.
    pub why: Blocker,
}

/// Why a remedy is held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "blocker", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Blocker {
    /// Accounts of this source are not to be created (D11).
    NotOptedIn {
        /// The source.
        source: SourceType,
    },
    /// The source does not let the user in any more: whoever left is not let in again (R-L5).
    NotSupplied {
        /// What the source says.
        reason: Reason,
    },
    /// The directory blocks the person: nobody whom it disabled, expired or locked is let in unasked.
    BlockedInDirectory {
        /// The attribute and value that say so.
        block: AccountBlock,
    },
    /// What has to be known first is not told.
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
                write!(f, "nobody opted in to new accounts from {source}; opt in to that source")
            }
            Self::NotSupplied { reason } => {
                write!(
                    f,
                    "the source does not let the user in: {reason}; put the person back into it, or \
                     leave the account as it is"
                )
            }
            Self::BlockedInDirectory { block } => {
                write!(
                    f,
                    "the person is {block}; unblock the account there, or say `--even-if-disabled`"
                )
            }
            Self::Unknown { reason } => {
                write!(f, "unknown: {reason}; try again once this is settled")
            }
            Self::Unreached { reason } => {
                write!(f, "it cannot be reached: {reason}; try again once this is settled")
            }
        }
    }
}

impl fmt::Display for SkippedAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}; {}", self.at, self.remedy, quoted(&self.logins), self.why)
    }
}

impl fmt::Display for ManualStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<String> = self.places.iter().map(ToString::to_string).collect();
        let places = places.join(", ");
        match self.logins.is_empty() {
            true => write!(f, "{places}: {}", self.what)?,
            false => write!(f, "{} for {places}: {}", quoted(&self.logins), self.what)?,
        }
        match &self.address {
            Some(address) if !self.what.contains(&address.to_string()) => {
                write!(f, ", at {address}")
            }
            _ => Ok(()),
        }
    }
}
