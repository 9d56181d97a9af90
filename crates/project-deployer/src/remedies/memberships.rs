//! Compares the groups of a user with those of the source that supplies the user (R-L6).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use project_deployer_client::ExternalUser;
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::{GroupName, Login};
use serde::Serialize;
use serde_json::Value;

/// The changes to the groups of a user by a refresh from the source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MembershipChange {
    /// The groups that the user gets.
    pub gains: BTreeSet<GroupName>,
    /// The groups that the user leaves.
    pub losses: BTreeSet<GroupName>,
}

impl MembershipChange {
    /// The difference to the groups that the source maps to. Local groups are not changed.
    pub(super) fn of(user: &User, supplied: &ExternalUser, groups: &[Group]) -> Self {
        let follows = |name: &GroupName| {
            groups.iter().any(|group| group.name == *name && is_mapped(group, &user.source_type))
        };
        let has: BTreeSet<&GroupName> = user.groups.iter().collect();
        let wanted: BTreeSet<&GroupName> = supplied.dku_group_names.iter().collect();
        let exists = |name: &GroupName| groups.iter().any(|group| group.name == *name);
        Self {
            gains: wanted
                .difference(&has)
                .filter(|name| exists(name))
                .map(|&n| n.clone())
                .collect(),
            losses: has
                .difference(&wanted)
                .filter(|name| follows(name))
                .map(|&n| n.clone())
                .collect(),
        }
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gains.is_empty() && self.losses.is_empty()
    }

    /// Whether the user has the changes.
    pub(super) fn holds_for(&self, user: &User) -> bool {
        self.gains.iter().all(|group| user.groups.contains(group))
            && !self.losses.iter().any(|group| user.groups.contains(group))
    }
}

/// What changes for each of these users when they follow their source; none for a user that the source
/// does not list.
pub(super) fn changes<'a>(
    users: impl Iterator<Item = &'a User>,
    supplied: &[ExternalUser],
    groups: &[Group],
) -> BTreeMap<Login, Option<MembershipChange>> {
    let supplied: BTreeMap<&Login, &ExternalUser> =
        supplied.iter().rev().map(|user| (&user.login, user)).collect();
    let change = |user: &User| {
        let supplied = supplied.get(&user.login)?;
        Some(MembershipChange::of(user, supplied, groups))
    };
    users.map(|user| (user.login.clone(), change(user))).collect()
}

/// Whether the members of a group follow groups of a source (wire-facts 5.3).
pub(super) fn is_mapped(group: &Group, source: &SourceType) -> bool {
    let names = |field: &str| match group.extra.get(field) {
        Some(Value::Array(names)) => !names.is_empty(),
        Some(Value::String(names)) => !names.trim().is_empty(),
        _ => false,
    };
    match source {
        SourceType::Ldap => !group.ldap_group_names.is_empty(),
        SourceType::AzureAd => names("azureADGroupNames"),
        SourceType::Sso => names("ssoGroupNames"),
        SourceType::Custom => names("customGroupNames"),
        _ => false,
    }
}

impl fmt::Display for MembershipChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |groups: &BTreeSet<GroupName>| {
            groups.iter().map(|group| format!("`{group}`")).collect::<Vec<_>>().join(", ")
        };
        match (self.gains.is_empty(), self.losses.is_empty()) {
            (true, true) => f.write_str("nothing changes"),
            (false, true) => write!(f, "gets {}", quoted(&self.gains)),
            (true, false) => write!(f, "leaves {}", quoted(&self.losses)),
            (false, false) => {
                write!(f, "gets {}, leaves {}", quoted(&self.gains), quoted(&self.losses))
            }
        }
    }
}
