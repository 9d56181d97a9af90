use std::fmt;

use project_deployer_core::accounts::SourceType;
use project_deployer_core::{GroupName, Login, NodeAddress};
use serde::Serialize;

use super::membership::IndirectMembership;
use super::presence::{GroupPresence, Presence, quoted};
use super::report::Place;
use super::similar::{Odd, SimilarityKind};
use crate::account_state::AccountBlock;
use crate::fetched::Reason;
use crate::group_names::GroupNames;

/// What corrects a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "remedy", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Remedy {
    /// Read the facts again, once the reason is fixed.
    Retry {
        /// Why the status is unknown.
        reason: Reason,
    },
    /// Give the login the same source at every location. Only an administrator can change a source (R-L10).
    UnifySource {
        /// The expected source.
        expected: SourceType,
        /// The source of the user.
        found: SourceType,
    },
    /// Make two logins of one person equal, by renaming or by a remapping rule.
    RenameOrRemap {
        /// The login that was found.
        found: Login,
        /// Which of the two to change.
        odd: Odd,
    },
    /// Change the entries, the user filter or the remapping rules so that one entry has the login.
    MakeUnique {
        /// The entries.
        entries: Vec<String>,
    },
    /// Make the user filter find an entry that it leaves out, or change the entry. Nobody creates a second one.
    LetFilterFind {
        /// The entries that have the login.
        entries: Vec<String>,
    },
    /// Create the person. The system never does this (D11).
    Create {
        /// The directory; none for an account of the location itself.
        directory: Option<String>,
        /// Whether to look first for an entry that the user filter leaves out.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        look_first: bool,
    },
    /// Add the person to one of these groups of the directory.
    AddToGroup {
        /// The directory.
        directory: Option<String>,
        /// The groups of which one suffices.
        groups: GroupNames,
        /// Whether a group lists the login already, in another case.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        in_another_case: bool,
        /// How the person belongs to one of them all the same.
        #[serde(skip_serializing_if = "Option::is_none")]
        indirect: Option<IndirectMembership>,
    },
    /// Write the names of authorized groups in the LDAP settings, and no DN.
    NameGroup {
        /// The group.
        group: IndirectMembership,
    },
    /// Create a group of the location.
    CreateGroup {
        /// The group.
        group: GroupName,
    },
    /// Allow the location to create accounts, at first login or on demand.
    SwitchImportOn,
    /// Unblock the account in the directory, if the person may log in. The system never does this.
    Unblock {
        /// The attribute and value that block it.
        block: AccountBlock,
        /// The remedy at the location after that; none where the user filter leaves the entry out.
        then: Option<Box<Self>>,
    },
    /// Enable the user.
    Enable,
    /// Have the location create the account.
    Provision {
        /// From this source.
        source: SourceType,
    },
    /// Have the location refresh the account from its source. Groups, and the rights that they give, are
    /// not updated otherwise (R-L6). No presence has this remedy; a comparison of groups finds it.
    Resync,
    /// Log in once.
    LogInOnce {
        /// The address, if it is known.
        address: Option<NodeAddress>,
    },
}

/// Who can carry a remedy out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// The system, if the caller asks for it.
    System,
    /// A person.
    Person,
}

impl Remedy {
    /// The remedy for a login; none for a user who is present as expected.
    #[must_use]
    pub fn of(presence: &Presence, place: &Place) -> Option<Self> {
        Some(match presence {
            Presence::Present => return None,
            Presence::Disabled { expected: None, .. } => Self::Enable,
            Presence::Disabled { expected: Some(expected), found }
            | Presence::OtherSource { expected, found } => {
                Self::UnifySource { expected: expected.clone(), found: found.clone() }
            }
            Presence::NotInDirectory { similar: Some(similar), .. } if is_left_out(presence) => {
                Self::LetFilterFind { entries: similar.entries.clone() }
            }
            Presence::NearMatch(similar)
            | Presence::NotInDirectory { similar: Some(similar), .. } => {
                Self::RenameOrRemap { found: similar.found.clone(), odd: similar.odd }
            }
            Presence::OnlyByLogin { .. } | Presence::ImportableAtFirstLogin => {
                Self::LogInOnce { address: place.address.clone() }
            }
            // Created for both logins, one person would have two accounts.
            Presence::ImportableOnDemand { also: Some(also), .. } => {
                Self::RenameOrRemap { found: also.clone(), odd: Odd::Unknown }
            }
            Presence::ImportableOnDemand { source, also: None } => {
                Self::Provision { source: source.clone() }
            }
            Presence::ImportSwitchedOff => Self::SwitchImportOn,
            Presence::NotAuthorized {
                indirect:
                    Some(
                        group @ (IndirectMembership::NamedByDn { .. }
                        | IndirectMembership::Nameless { .. }),
                    ),
                ..
            } => Self::NameGroup { group: group.clone() },
            Presence::NotAuthorized { groups, in_another_case, indirect } => Self::AddToGroup {
                directory: place.directory(),
                groups: groups.clone(),
                in_another_case: *in_another_case,
                indirect: indirect.clone(),
            },
            Presence::Ambiguous { entries } => Self::MakeUnique { entries: entries.clone() },
            Presence::BlockedInDirectory { block, otherwise } => Self::Unblock {
                block: block.clone(),
                // The condition that leaves the entry out is often the block itself.
                then: match is_left_out(otherwise) {
                    true => None,
                    false => Self::of(otherwise, place).map(Box::new),
                },
            },
            Presence::NotInDirectory { similar: None, unseen } => {
                Self::Create { directory: place.directory(), look_first: unseen.is_some() }
            }
            Presence::Unknown { reason } => Self::Retry { reason: reason.clone() },
        })
    }

    /// The remedy for a group; none for a group that is present.
    #[must_use]
    pub fn of_group(presence: &GroupPresence, group: &GroupName) -> Option<Self> {
        match presence {
            GroupPresence::Present => None,
            GroupPresence::Missing | GroupPresence::OtherCase { .. } => {
                Some(Self::CreateGroup { group: group.clone() })
            }
            GroupPresence::Unknown { reason } => Some(Self::Retry { reason: reason.clone() }),
        }
    }

    /// The order in a plan: first remedies for missing facts, then for identities, then other manual steps,
    /// then actions of the system, then logins.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Retry { .. } => 0,
            Self::UnifySource { .. } => 1,
            Self::RenameOrRemap { .. } => 2,
            Self::MakeUnique { .. } | Self::LetFilterFind { .. } => 3,
            Self::Create { .. } => 4,
            Self::AddToGroup { .. } => 5,
            Self::CreateGroup { .. } => 6,
            Self::Unblock { .. } => 7,
            Self::NameGroup { .. } => 8,
            Self::SwitchImportOn => 9,
            Self::Enable => 10,
            Self::Provision { .. } => 11,
            Self::Resync => 12,
            Self::LogInOnce { .. } => 13,
        }
    }

    /// Who can carry it out.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Enable | Self::Provision { .. } | Self::Resync => Actor::System,
            // The next run reads the facts again; a person has to fix the reason.
            Self::Retry { .. }
            | Self::UnifySource { .. }
            | Self::RenameOrRemap { .. }
            | Self::MakeUnique { .. }
            | Self::LetFilterFind { .. }
            | Self::Create { .. }
            | Self::AddToGroup { .. }
            | Self::CreateGroup { .. }
            | Self::NameGroup { .. }
            | Self::Unblock { .. }
            | Self::SwitchImportOn
            | Self::LogInOnce { .. } => Actor::Person,
        }
    }

    /// Whether it is carried out in a directory, and not at the locations that need it.
    #[must_use]
    pub fn leads_to_directory(&self) -> bool {
        self.in_directory() || matches!(self, Self::Unblock { .. })
    }

    /// Whether it is carried out in a directory, once for all locations that read it.
    #[must_use]
    pub fn in_directory(&self) -> bool {
        matches!(
            self,
            Self::AddToGroup { directory: Some(_), .. } | Self::Create { directory: Some(_), .. }
        )
    }
}

/// Whether the user filter leaves out the entries with the login.
fn is_left_out(presence: &Presence) -> bool {
    matches!(
        presence,
        Presence::NotInDirectory { similar: Some(similar), .. }
            if similar.kind == SimilarityKind::UserFilter
    )
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry { reason } => write!(f, "retry once this is fixed: {reason}"),
            Self::UnifySource { expected, found } => {
                write!(f, "make {expected} the source of the account; it is {found}")
            }
            Self::RenameOrRemap { found, odd: Odd::Login } => {
                write!(f, "use `{found}` in place of this login, or add a remapping rule")
            }
            Self::RenameOrRemap { found, odd: Odd::Found } => {
                write!(
                    f,
                    "replace the account `{found}` by one with this login, or add a remapping rule"
                )
            }
            Self::RenameOrRemap { found, odd: Odd::Unknown } => {
                write!(f, "make the login equal to `{found}`, by renaming or a remapping rule")
            }
            Self::MakeUnique { entries } => {
                let entries = quoted(entries);
                write!(
                    f,
                    "change the entries, the user filter or the remapping rules so that only one of {entries} has \
                     this login"
                )
            }
            Self::LetFilterFind { entries } => write!(
                f,
                "change the user filter in the LDAP settings, or the entry in the directory, so that the filter finds \
                 {}; do not create a second entry",
                quoted(entries)
            ),
            Self::Create { directory: Some(directory), look_first } => {
                if *look_first {
                    f.write_str(
                        "look in the directory for an entry with this login that the user filter leaves out; only if \
                         there is none, ",
                    )?;
                }
                write!(f, "create the person in `{directory}`")
            }
            Self::Create { directory: None, .. } => f.write_str("create a local account"),
            Self::AddToGroup { indirect: Some(indirect), directory, .. } => {
                indirect.write_remedy(directory.as_deref(), f)
            }
            Self::AddToGroup { groups, directory, in_another_case, .. } => {
                f.write_str(match in_another_case {
                    true => "write the login as the person's entry does in one of the groups ",
                    false => "add the person to one of the groups ",
                })?;
                f.write_str(&quoted(groups))?;
                directory.as_ref().map_or(Ok(()), |directory| write!(f, " of `{directory}`"))
            }
            Self::NameGroup { group } => group.write_remedy(None, f),
            Self::CreateGroup { group } => write!(f, "create the group `{group}`"),
            Self::SwitchImportOn => {
                f.write_str("switch on the import of users, at first login or on demand")
            }
            Self::Unblock { block, then } => {
                let AccountBlock { state, attribute, value } = block;
                write!(
                    f,
                    "if the person may log in, unblock the account in the directory: it is {state} there \
                     (`{attribute}` is `{value}`)"
                )?;
                match then {
                    Some(then) => write!(f, "; then {then}"),
                    None => f.write_str(
                        ", and check that the user filter finds the entry then; do not create a second one",
                    ),
                }
            }
            Self::Enable => f.write_str("enable"),
            Self::Provision { source } => write!(f, "create from {source}"),
            Self::Resync => f.write_str("refresh"),
            Self::LogInOnce { address: Some(address) } => write!(f, "log in once at {address}"),
            Self::LogInOnce { address: None } => f.write_str("log in once"),
        }
    }
}
