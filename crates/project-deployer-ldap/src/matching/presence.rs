use std::fmt;

use project_deployer_core::accounts::SourceType;
use project_deployer_core::{GroupName, Login};
use serde::Serialize;

use crate::account_state::AccountBlock;
use crate::fetched::Reason;
use crate::group_names::GroupNames;

/// What a login is at a location. Exactly one holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Presence {
    /// The user is there and enabled.
    Present,
    /// The user is there and may not log in.
    Disabled {
        /// The source to expect, where it differs from the one found.
        expected: Option<SourceType>,
        /// The source of the user.
        found: SourceType,
    },
    /// Somebody with this login is there, from another source: a risk and not a match (D3).
    OtherSource {
        /// The source to expect.
        expected: SourceType,
        /// The source of the user.
        found: SourceType,
    },
    /// Somebody is there who may be the same person under another login.
    NearMatch(SimilarLogin),
    /// A source supplies the user that only a login can bring (D5).
    OnlyByLogin {
        /// The source.
        source: SourceType,
    },
    /// An administrator can have the account created (D4).
    ImportableOnDemand {
        /// The source.
        source: SourceType,
    },
    /// The first login creates the account (R-L3, R-L4).
    ImportableAtFirstLogin,
    /// In the directory and authorized, but the location creates no accounts.
    ImportSwitchedOff,
    /// In the directory, but in no group that the location lets in (R-L2).
    NotAuthorized {
        /// The groups that would do.
        groups: GroupNames,
    },
    /// Several entries of the directory answer to this login, and a login takes exactly one (R-L2).
    Ambiguous {
        /// The entries.
        entries: Vec<String>,
    },
    /// The directory disabled, expired or locked the person: a login is refused there, and nobody gets or
    /// enables the account unasked.
    BlockedInDirectory {
        /// The attribute and value that say so.
        block: AccountBlock,
        /// What the login is here otherwise.
        otherwise: Box<Self>,
    },
    /// No directory of the location has this login.
    NotInDirectory {
        /// Somebody in the directory who may be the same person.
        near: Option<SimilarLogin>,
    },
    /// Not told in full, so neither present nor absent (D7).
    Unknown {
        /// Why.
        reason: Reason,
    },
}

/// Another login that may be the same person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SimilarLogin {
    /// The login that was found.
    pub found: Login,
    /// How it differs.
    pub kind: SimilarityKind,
}

impl SimilarLogin {
    /// A login and how it differs.
    #[must_use]
    pub fn new(found: Login, kind: SimilarityKind) -> Self {
        Self { found, kind }
    }
}

/// How two logins of one person differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SimilarityKind {
    /// In upper and lower case.
    Case,
    /// In a domain, `ann@example.test` or `EXAMPLE\ann`, which one of them does not have.
    DomainSuffix,
    /// By a location's remapping rules.
    Remapping,
}

/// What a group is at a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GroupPresence {
    /// It is there.
    Present,
    /// It is there in another spelling, which is another group.
    OtherCase {
        /// The group that was found.
        found: GroupName,
    },
    /// It is not there.
    Missing,
    /// Not told.
    Unknown {
        /// Why.
        reason: Reason,
    },
}

impl fmt::Display for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("present"),
            Self::Disabled { found, expected: None } => write!(f, "present but disabled ({found})"),
            Self::Disabled { found, expected: Some(expected) } => {
                write!(f, "present but disabled, and from {found} instead of {expected}")
            }
            Self::OtherSource { expected, found } => {
                write!(f, "present, but from {found} instead of {expected}")
            }
            Self::NearMatch(near) => write!(f, "absent, but {near} is there"),
            Self::OnlyByLogin { source } => write!(f, "absent; only a login by {source} brings it"),
            Self::ImportableOnDemand { source } => write!(f, "importable on demand from {source}"),
            Self::ImportableAtFirstLogin => f.write_str("importable at first login"),
            Self::ImportSwitchedOff => f.write_str("in the directory, but import is switched off"),
            Self::NotAuthorized { groups } => {
                write!(f, "in the directory, but in none of the groups {}", quoted(groups))
            }
            Self::Ambiguous { entries } => {
                write!(f, "several entries answer to this login: {}", quoted(entries))
            }
            Self::BlockedInDirectory { block, otherwise } => {
                write!(f, "{block}; otherwise {otherwise}")
            }
            Self::NotInDirectory { near: None } => f.write_str("absent, and in no directory"),
            Self::NotInDirectory { near: Some(near) } => {
                write!(f, "absent, but {near} is in the directory")
            }
            Self::Unknown { reason } => write!(f, "unknown: {reason}"),
        }
    }
}

impl fmt::Display for SimilarLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            SimilarityKind::Case => "case",
            SimilarityKind::DomainSuffix => "domain",
            SimilarityKind::Remapping => "remapping",
        };
        write!(f, "`{}` (another {kind})", self.found)
    }
}

impl fmt::Display for GroupPresence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("present"),
            Self::OtherCase { found } => write!(f, "absent, but `{found}` is there (another case)"),
            Self::Missing => f.write_str("absent"),
            Self::Unknown { reason } => write!(f, "unknown: {reason}"),
        }
    }
}

/// Names as a list, five at most.
pub(super) fn quoted<T: fmt::Display>(names: &[T]) -> String {
    quoted_of(names, names.len())
}

/// So many names as a list, five at most.
pub(super) fn quoted_of<T: fmt::Display>(
    names: impl IntoIterator<Item = T>,
    count: usize,
) -> String {
    let mut shown: Vec<String> =
        names.into_iter().take(5).map(|name| format!("`{name}`")).collect();
    if count > 5 {
        shown.push(format!("{} more", count - 5));
    }
    shown.join(", ")
}
