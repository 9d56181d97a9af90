use std::collections::BTreeMap;

use project_deployer_client::{AccountRules, NodeErrorKind};
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::infra::NodeEntry;
use project_deployer_core::node::{AuthInfo, InstanceInfo, NodeResources};
use project_deployer_core::{Login, ProjectKey};

/// What a node reports about itself. Where it does not report a fact, the error is kept instead,
/// and is never read as "absent".
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NodeFacts {
    /// The node as the infrastructure describes it.
    pub entry: NodeEntry,
    /// Kind and release of the node.
    pub instance: Result<InstanceInfo, NodeErrorKind>,
    /// The identity of the admin key.
    pub key: Result<AuthInfo, NodeErrorKind>,
    /// Its users.
    pub users: Result<Vec<User>, NodeErrorKind>,
    /// Its groups.
    pub groups: Result<Vec<Group>, NodeErrorKind>,
    /// Its connections, code environments and plugins.
    pub resources: Result<NodeResources, NodeErrorKind>,
    /// Its rules for accounts.
    pub rules: Result<AccountRules, NodeErrorKind>,
    /// Whether projects exist whose objects bundles use.
    pub projects: BTreeMap<ProjectKey, Result<bool, NodeErrorKind>>,
    /// What it reports under the identity of each acting login.
    pub acting: BTreeMap<Login, ActingLoginFacts>,
}

/// What a node reports under an impersonated login.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ActingLoginFacts {
    /// The identity that the node reports for the call.
    pub auth: Result<AuthInfo, NodeErrorKind>,
    /// Whether each folder exists for the login.
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
    /// The facts of a node that does not answer.
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
            projects: BTreeMap::new(),
            acting: BTreeMap::new(),
        }
    }

    /// Whether no node answers at the address; then other findings are pointless. A node that
    /// refuses the key does answer.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        let refuses = |kind: &NodeErrorKind| {
            matches!(kind, NodeErrorKind::Unauthorized(_) | NodeErrorKind::Forbidden(_))
        };
        self.instance.as_ref().is_err_and(|kind| !refuses(kind))
    }

    /// A user of the node; `None` also when the users are unknown.
    #[must_use]
    pub fn user(&self, login: &Login) -> Option<&User> {
        self.users.as_ref().ok()?.iter().find(|user| user.login == *login)
    }

    /// The groups of a user that exist on the node; empty also when they are unknown.
    pub(super) fn groups_of<'a>(&'a self, user: &'a User) -> impl Iterator<Item = &'a Group> {
        let groups = self.groups.as_deref().unwrap_or_default();
        groups.iter().filter(|group| user.groups.contains(&group.name))
    }
}
