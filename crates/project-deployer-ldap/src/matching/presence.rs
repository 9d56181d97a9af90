use std::fmt;

use project_deployer_core::accounts::SourceType;
use project_deployer_core::{GroupName, Login};
use serde::Serialize;

use super::membership::IndirectMembership;
use super::similar::{SimilarLogin, SimilarityKind};
use crate::account_state::AccountBlock;
use crate::fetched::Reason;
use crate::group_names::GroupNames;

/// The status of a login at a location. Exactly one applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Presence {
    /// The location has the user, and the user is enabled.
    Present,
    /// The location has the user, and the user is disabled.
    Disabled {
        /// The expected source, if it differs from the one found.
        expected: Option<SourceType>,
        /// The source of the user.
        found: SourceType,
    },
    /// The location has this login from another source: a risk and not a match (D3).
    OtherSource {
        /// The expected source.
        expected: SourceType,
        /// The source of the user.
        found: SourceType,
    },
    /// The location has another login that may be the same person's, or its directory takes another login for
    /// this one. No source says which of those the node gives to an account.
    NearMatch(SimilarLogin),
    /// The user comes from a source that creates the account only at a login (D5).
    OnlyByLogin {
        /// The source.
        source: SourceType,
    },
    /// An administrator can have the account created (D4).
    ImportableOnDemand {
        /// The source.
        source: SourceType,
        /// Another login by which the directory finds the same person. No source says which of the two the node
        /// gives to the account, so nothing creates it without a person.
        #[serde(skip_serializing_if = "Option::is_none")]
        also: Option<Login>,
    },
    /// The first login creates the account (R-L3, R-L4).
    ImportableAtFirstLogin,
    /// The directory has the person and the groups are authorized, but the location creates no accounts.
    ImportSwitchedOff,
    /// The directory has the person, but in no group that the location authorizes (R-L2).
    NotAuthorized {
        /// The groups of which one suffices.
        groups: GroupNames,
        /// Whether an authorized group lists the login in another case. The directory compares case there.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        in_another_case: bool,
        /// How the person belongs to an authorized group all the same; looked for where a deployment needs the
        /// login.
        #[serde(skip_serializing_if = "Option::is_none")]
        indirect: Option<IndirectMembership>,
    },
    /// Several entries of the directory match this login; a login requires exactly one (R-L2).
    Ambiguous {
        /// The entries.
        entries: Vec<String>,
    },
    /// The account is disabled, expired or locked in the directory. The directory refuses a login, so the
    /// account is neither created nor enabled unless the caller asks for it.
    BlockedInDirectory {
        /// The attribute and value that block the account.
        block: AccountBlock,
        /// The status if the directory did not block the account.
        otherwise: Box<Self>,
    },
    /// The location's directory has nobody with this login, or the user filter leaves out everybody who has it.
    NotInDirectory {
        /// A login of the directory that may be the same person's.
        similar: Option<SimilarLogin>,
        /// Why it is unknown whether the user filter leaves out an entry with this login.
        #[serde(skip_serializing_if = "Option::is_none")]
        unseen: Option<Reason>,
    },
    /// A fact is missing or incomplete, so the login is neither present nor absent (D7).
    Unknown {
        /// Why.
        reason: Reason,
    },
}

/// The status of a group at a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GroupPresence {
    /// The location has the group.
    Present,
    /// The location has a group that differs only in case, which is another group.
    OtherCase {
        /// The group that was found.
        found: GroupName,
    },
    /// The location does not have the group.
    Missing,
    /// The groups of the location are unknown.
    Unknown {
        /// Why.
        reason: Reason,
    },
}

impl Presence {
    /// The stable ids of all statuses, as documents and outputs have them.
    pub const STATUSES: [&str; 13] = [
        "present",
        "disabled",
        "other-source",
        "near-match",
        "only-by-login",
        "importable-on-demand",
        "importable-at-first-login",
        "import-switched-off",
        "not-authorized",
        "ambiguous",
        "blocked-in-directory",
        "not-in-directory",
        "unknown",
    ];

    /// Whether an administrator can have the account created now, or once the directory does not block it.
    pub(crate) fn is_on_demand(&self) -> bool {
        match self {
            Self::ImportableOnDemand { .. } => true,
            Self::BlockedInDirectory { otherwise, .. } => otherwise.is_on_demand(),
            _ => false,
        }
    }

    /// Whether the location has an account with the login.
    pub(crate) fn is_account(&self) -> bool {
        match self {
            Self::Present | Self::Disabled { .. } | Self::OtherSource { .. } => true,
            Self::BlockedInDirectory { otherwise, .. } => otherwise.is_account(),
            _ => false,
        }
    }

    /// This one, for a person whom the directory finds by another login as well.
    pub(crate) fn with_other_login(self, also: Login) -> Self {
        match self {
            Self::ImportableOnDemand { source, .. } => {
                Self::ImportableOnDemand { source, also: Some(also) }
            }
            Self::BlockedInDirectory { block, otherwise } => Self::BlockedInDirectory {
                block,
                otherwise: Box::new(otherwise.with_other_login(also)),
            },
            other => other,
        }
    }

    /// The stable id of the status, one of [`Self::STATUSES`].
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Disabled { .. } => "disabled",
            Self::OtherSource { .. } => "other-source",
            Self::NearMatch(_) => "near-match",
            Self::OnlyByLogin { .. } => "only-by-login",
            Self::ImportableOnDemand { .. } => "importable-on-demand",
            Self::ImportableAtFirstLogin => "importable-at-first-login",
            Self::ImportSwitchedOff => "import-switched-off",
            Self::NotAuthorized { .. } => "not-authorized",
            Self::Ambiguous { .. } => "ambiguous",
            Self::BlockedInDirectory { .. } => "blocked-in-directory",
            Self::NotInDirectory { .. } => "not-in-directory",
            Self::Unknown { .. } => "unknown",
        }
    }
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
            Self::NearMatch(similar) if similar.in_directory => {
                write!(
                    f,
                    "absent; the directory finds the person for this login, but has {similar}"
                )
            }
            Self::NearMatch(similar) => write!(f, "absent, but {similar} is there"),
            Self::OnlyByLogin { source } => {
                write!(f, "absent; only a login by {source} creates it")
            }
            Self::ImportableOnDemand { source, also } => {
                write!(f, "importable on demand from {source}")?;
                also.as_ref().map_or(Ok(()), |also| {
                    write!(f, "; the directory finds the same person as `{also}`")
                })
            }
            Self::ImportableAtFirstLogin => f.write_str("importable at first login"),
            Self::ImportSwitchedOff => f.write_str("in the directory, but import is switched off"),
            Self::NotAuthorized { groups, in_another_case, indirect } => {
                write!(f, "in the directory, but in none of the groups {}", quoted(groups))?;
                if let Some(indirect) = indirect {
                    write!(f, ": {indirect}")?;
                }
                if *in_another_case {
                    f.write_str(
                        "; a group lists it in another case, and the directory compares case",
                    )?;
                }
                Ok(())
            }
            Self::Ambiguous { entries } => {
                write!(f, "several entries match this login: {}", quoted(entries))
            }
            Self::BlockedInDirectory { block, otherwise } => {
                write!(f, "{block}; otherwise {otherwise}")
            }
            Self::NotInDirectory { similar: Some(similar), .. }
                if similar.kind == SimilarityKind::UserFilter =>
            {
                let entries = quoted(&similar.entries);
                write!(
                    f,
                    "absent: the directory has {entries}, but the user filter does not find it"
                )
            }
            Self::NotInDirectory { similar, unseen } => {
                match (similar, unseen) {
                    (Some(similar), _) => write!(f, "absent, but {similar} is in the directory")?,
                    (None, None) => f.write_str("absent, and in no directory")?,
                    (None, Some(_)) => f.write_str("absent: the user filter finds nobody")?,
                }
                unseen.as_ref().map_or(Ok(()), |why| {
                    write!(f, "; unknown whether it leaves out an entry with this login: {why}")
                })
            }
            Self::Unknown { reason } => write!(f, "unknown: {reason}"),
        }
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

/// `count` names as a list, five at most.
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
