//! What a test puts into a node before and between the calls.

use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User};
use project_deployer_core::node::{CodeEnv, NodeConnection, Plugin, ScenarioOutcome};
use project_deployer_core::{Login, ProjectKey, Timestamp};

use super::node::FakeNode;
use super::state::NodeState;
use crate::conformance::{FolderSeed, NodeSeed};
use crate::node_accounts::{ExternalUser, SupplierRules};

impl FakeNode {
    /// A node with all that a seed names.
    #[must_use]
    pub fn seeded(seed: NodeSeed) -> Self {
        let mut node = Self::new(seed.name).with_ldap_settings(seed.ldap);
        node = node.with_external_users(SourceType::Ldap, seed.ldap_users);
        node = seed.groups.into_iter().fold(node, Self::with_group);
        node = seed.users.into_iter().fold(node, Self::with_user);
        node = seed.connections.into_iter().fold(node, Self::with_connection);
        node = seed.code_envs.into_iter().fold(node, Self::with_code_env);
        node = seed.plugins.into_iter().fold(node, Self::with_plugin);
        node = seed.folders.into_iter().fold(node, Self::with_folder);
        for ((project, scenario), outcome) in seed.outcomes {
            node = node.with_outcome(project, scenario, outcome);
        }
        node
    }

    /// With this user, in the place of one of the same login.
    #[must_use]
    pub fn with_user(self, user: User) -> Self {
        self.changed(|state| {
            state.users.insert(user.login.clone(), user);
        })
    }

    /// With this group, in the place of one of the same name.
    #[must_use]
    pub fn with_group(self, group: Group) -> Self {
        self.changed(|state| {
            state.groups.insert(group.name.clone(), group);
        })
    }

    /// With this connection, in the place of one of the same name.
    #[must_use]
    pub fn with_connection(self, connection: NodeConnection) -> Self {
        self.changed(|state| {
            state.connections.insert(connection.name.clone(), connection);
        })
    }

    /// With this code environment.
    #[must_use]
    pub fn with_code_env(self, env: CodeEnv) -> Self {
        self.changed(|state| {
            state.code_envs.insert((env.language, env.name));
        })
    }

    /// With this plugin.
    #[must_use]
    pub fn with_plugin(self, plugin: Plugin) -> Self {
        self.changed(|state| {
            state.plugins.insert(plugin.id.clone(), plugin);
        })
    }

    /// With this folder of projects. The root folder is always there.
    #[must_use]
    pub fn with_folder(self, folder: FolderSeed) -> Self {
        self.changed(|state| {
            state.folders.insert(folder.id.clone(), folder);
        })
    }

    /// With these LDAP settings.
    #[must_use]
    pub fn with_ldap_settings(self, settings: LdapSettings) -> Self {
        self.changed(|state| state.ldap = settings)
    }

    /// With these users behind a supplier.
    #[must_use]
    pub fn with_external_users(self, source: SourceType, users: Vec<ExternalUser>) -> Self {
        self.changed(|state| {
            state.external_users.insert(source, users);
        })
    }

    /// With a supplier beside LDAP that lays this down.
    #[must_use]
    pub fn with_supplier(self, source: SourceType, rules: SupplierRules) -> Self {
        self.changed(|state| {
            state.suppliers.insert(source, rules);
        })
    }

    /// With a licence for these profiles.
    #[must_use]
    pub fn with_profiles(self, profiles: &[&str]) -> Self {
        let profiles = profiles.iter().map(|&profile| profile.to_owned()).collect();
        self.changed(|state| state.profiles = Some(profiles))
    }

    /// With an admin key that ends at that time.
    #[must_use]
    pub fn with_key_until(self, end: Timestamp) -> Self {
        self.changed(|state| state.key_ends = Some(end))
    }

    /// Runs of this scenario end in this way.
    #[must_use]
    pub fn with_outcome(
        self,
        project: ProjectKey,
        scenario: impl Into<String>,
        outcome: ScenarioOutcome,
    ) -> Self {
        self.changed(|state| {
            state.outcomes.insert((project, scenario.into()), outcome);
        })
    }

    /// Takes a user away.
    pub fn remove_user(&self, login: &Login) {
        self.change(|state| {
            state.users.remove(login);
        });
    }

    /// Takes a connection away.
    pub fn remove_connection(&self, name: &str) {
        self.change(|state| {
            state.connections.remove(name);
        });
    }

    /// Takes a project away.
    pub fn remove_project(&self, key: &ProjectKey) {
        self.change(|state| {
            state.projects.remove(key);
        });
    }

    fn changed(self, change: impl FnOnce(&mut NodeState)) -> Self {
        self.change(change);
        self
    }
}
