use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use project_deployer_core::Login;
use project_deployer_core::accounts::SourceType;
use project_deployer_ldap::matching::LocationId;
use serde::Serialize;

use super::manual_step::Blocker;
use super::memberships::MembershipChange;

/// One call that changes accounts of one location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "write", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Write {
    /// Enable a user.
    Enable {
        /// The location.
        at: LocationId,
        /// The login.
        login: Login,
    },
    /// Create accounts from a source.
    Provision {
        /// The location.
        at: LocationId,
        /// The source.
        source: SourceType,
        /// The login.
        logins: BTreeSet<Login>,
    },
    /// Refresh users from their source, so that their groups follow.
    Resync {
        /// The location.
        at: LocationId,
        /// The logins, and what changes for each.
        users: BTreeMap<Login, MembershipChange>,
    },
}

impl Write {
    /// The location of the call.
    #[must_use]
    pub fn at(&self) -> &LocationId {
        match self {
            Self::Enable { at, .. } | Self::Provision { at, .. } | Self::Resync { at, .. } => at,
        }
    }

    /// The same call without these logins; `None` where no login is left.
    pub(super) fn without(&self, skipped: &BTreeMap<Login, Blocker>) -> Option<Self> {
        let stays = |login: &Login| !skipped.contains_key(login);
        let mut rest = self.clone();
        let is_empty = match &mut rest {
            Self::Enable { login, .. } => !stays(login),
            Self::Provision { logins, .. } => {
                logins.retain(stays);
                logins.is_empty()
            }
            Self::Resync { users, .. } => {
                users.retain(|login, _| stays(login));
                users.is_empty()
            }
        };
        (!is_empty).then_some(rest)
    }

    /// The logins of the call.
    #[must_use]
    pub fn logins(&self) -> Vec<&Login> {
        match self {
            Self::Enable { login, .. } => vec![login],
            Self::Provision { logins, .. } => logins.iter().collect(),
            Self::Resync { users, .. } => users.keys().collect(),
        }
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.at())?;
        match self {
            Self::Enable { login, .. } => write!(f, "enable `{login}`"),
            Self::Provision { source, logins, .. } => {
                write!(f, "create from {source} {}", quoted(logins))
            }
            Self::Resync { users, .. } => {
                let each = users.iter().map(|(login, change)| format!("`{login}` ({change})"));
                write!(f, "refresh {}", each.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// Lists all logins: a user who confirms a change must see every affected login.
pub(super) fn quoted<'a>(logins: impl IntoIterator<Item = &'a Login>) -> String {
    let quoted: Vec<String> = logins.into_iter().map(|login| format!("`{login}`")).collect();
    quoted.join(", ")
}
