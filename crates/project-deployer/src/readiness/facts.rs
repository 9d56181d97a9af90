use std::collections::BTreeMap;

use project_deployer_client::{AccountRules, NodeErrorKind};
use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::infra::NodeEntry;
use project_deployer_core::node::{AuthInfo, InstanceInfo, NodeResources};

/// What a node says about itself. Where it does not say, the reason stands instead: an error never
/// reads as "absent".
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NodeFacts {
    /// The node as the infrastructure describes it.
    pub entry: NodeEntry,
    /// What it is.
    pub instance: Result<InstanceInfo, NodeErrorKind>,
    /// Whom it takes the key for.
    pub key: Result<AuthInfo, NodeErrorKind>,
    /// Its users.
    pub users: Result<Vec<User>, NodeErrorKind>,
    /// Its groups.
    pub groups: Result<Vec<Group>, NodeErrorKind>,
    /// Its connections, code environments and plugins.
    pub resources: Result<NodeResources, NodeErrorKind>,
    /// What it lays down for accounts.
    pub rules: Result<AccountRules, NodeErrorKind>,
    /// What it says to those who deploy.
    pub acting: BTreeMap<Login, ActingLoginFacts>,
}

/// What a node says to somebody whom the key acts as.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ActingLoginFacts {
    /// Whom it takes the caller for.
    pub auth: Result<AuthInfo, NodeErrorKind>,
    /// Whether each folder is there for the caller.
    pub folders: BTreeMap<String, Result<bool, NodeErrorKind>>,
}

impl ActingLoginFacts {
    /// What is known of a login before any folder is asked for.
    #[must_use]
    pub fn new(auth: Result<AuthInfo, NodeErrorKind>) -> Self {
        Self { auth, folders: BTreeMap::new() }
    }
}

impl NodeFacts {
    /// What is known of a node that does not answer at all.
    #[must_use]
    pub fn silent(entry: NodeEntry, reason: &NodeErrorKind) -> Self {
        Self {
            entry,
            instance: Err(reason.clone()),
            key: Err(reason.clone()),
            users: Err(reason.clone()),
            groups: Err(reason.clone()),
            resources: Err(reason.clone()),
            rules: Err(reason.clone()),
            acting: BTreeMap::new(),
        }
    }

    /// Whether nobody speaks for the product at the address: then nothing else is worth a finding. A
    /// node that refuses the key does speak.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        let refuses = |kind: &NodeErrorKind| {
            matches!(kind, NodeErrorKind::Unauthorized(_) | NodeErrorKind::Forbidden(_))
        };
        self.instance.as_ref().is_err_and(|kind| !refuses(kind))
    }

    /// A user of the node; none also when the users are not told.
    #[must_use]
    pub fn user(&self, login: &Login) -> Option<&User> {
        self.users.as_ref().ok()?.iter().find(|user| user.login == *login)
    }

    /// The groups of a user that exist on the node; none also when they are not told.
    pub(super) fn groups_of<'a>(&'a self, user: &'a User) -> impl Iterator<Item = &'a Group> {
        let groups = self.groups.as_deref().unwrap_or_default();
        groups.iter().filter(|group| user.groups.contains(&group.name))
    }
}
