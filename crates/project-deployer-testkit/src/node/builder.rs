use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::MockNode;
use super::error::{StartError, must_start};
use super::reception::NodeReception;
use crate::directory::MockDirectory;
use crate::random::mark;
use crate::seed::{
    MockCodeEnv, MockConnection, MockFolder, MockGroup, MockLdapSettings, MockPlugin, MockUser,
    NodeKind, Profile, Quirk,
};
use crate::server::{ANY_PORT, Shared, start};
use crate::state::{LoginRemapping, NodeState};
use crate::tls::TestTls;

/// Builds a [`MockNode`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct MockNodeBuilder {
    state: NodeState,
    address: SocketAddr,
    tls: Option<TestTls>,
    admin_api_key: Option<String>,
    instance_id: Option<String>,
}

impl MockNodeBuilder {
    pub(super) fn new(node_id: String) -> Self {
        Self {
            state: NodeState::new(node_id),
            address: ANY_PORT,
            tls: None,
            admin_api_key: None,
            instance_id: None,
        }
    }

    pub(crate) fn state_mut(&mut self) -> &mut NodeState {
        &mut self.state
    }

    /// Another id than the one that it was built with, such as that of a seed. Its display name is the same text.
    pub fn node_id(mut self, id: impl Into<String>) -> Self {
        self.state.node_id = id.into();
        self.state.node_name.clone_from(&self.state.node_id);
        self
    }

    /// Sets the display name.
    pub fn node_name(mut self, name: impl Into<String>) -> Self {
        self.state.node_name = name.into();
        self
    }

    /// Sets the type of the node. The default is an Automation node.
    pub fn kind(mut self, kind: NodeKind) -> Self {
        self.state.kind = kind;
        self
    }

    /// Sets the release that the node reports. The default is 15.2.0. The API does not change.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.state.version = version.into();
        self
    }

    /// A secret of the admin key that is known before the node starts. Without it each node has one that no
    /// other mock has.
    pub fn admin_api_key(mut self, secret: impl Into<String>) -> Self {
        self.admin_api_key = Some(secret.into());
        self
    }

    /// An id of the installation (`dipInstanceId`) that is known before the node starts. Without it each
    /// node has one that no other mock has.
    pub fn instance_id(mut self, id: impl Into<String>) -> Self {
        self.instance_id = Some(id.into());
        self
    }

    /// Adds a user.
    pub fn user(mut self, user: MockUser) -> Self {
        self.state.users.insert(user.login.clone(), user);
        self
    }

    /// Adds a group.
    pub fn group(mut self, group: MockGroup) -> Self {
        self.state.groups.insert(group.name.clone(), group);
        self
    }

    /// Adds a connection that all users may use.
    pub fn connection(self, name: impl Into<String>, kind: impl Into<String>) -> Self {
        self.restricted_connection(MockConnection::new(name, kind))
    }

    /// Adds a connection.
    pub fn restricted_connection(mut self, connection: MockConnection) -> Self {
        self.state.connections.insert(connection.name.clone(), connection);
        self
    }

    /// Adds a code environment.
    pub fn code_env(mut self, env: MockCodeEnv) -> Self {
        self.state.code_envs.insert((env.name.clone(), env.language), env);
        self
    }

    /// Adds a plugin.
    pub fn plugin(mut self, id: impl Into<String>, version: impl Into<String>) -> Self {
        let plugin = MockPlugin::new(id, version);
        self.state.plugins.insert(plugin.id.clone(), plugin);
        self
    }

    /// Adds a project folder.
    pub fn folder(mut self, folder: MockFolder) -> Self {
        self.state.folders.insert(folder.id.clone(), folder);
        self
    }

    /// The settings of the LDAP supplier, and the directory behind it.
    pub fn ldap(mut self, settings: MockLdapSettings, directory: &MockDirectory) -> Self {
        self.state.ldap = settings;
        self.state.directory = directory.clone();
        self
    }

    /// Sets how the node maps the directory's login attribute. It replaces the remapping rules of the settings,
    /// whose regular expressions the mock does not run. The test gives the expected result, so it does not
    /// share the mistakes of the code under test.
    pub fn remaps_logins(mut self, remap: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.state.login_remapping = LoginRemapping(Arc::new(remap));
        self
    }

    /// Simulates a major release, with its version and its API.
    pub fn profile(mut self, profile: Profile) -> Self {
        profile.version().clone_into(&mut self.state.version);
        self.state.profile = profile;
        self
    }

    /// Turns a quirk off that is [usual](Quirk::usual).
    pub fn without_quirk(mut self, quirk: Quirk) -> Self {
        self.state.quirks.remove(&quirk);
        self
    }

    /// Turns a quirk on.
    pub fn quirk(mut self, quirk: Quirk) -> Self {
        self.state.quirks.insert(quirk);
        self
    }

    /// Sets how often a long task or a run is polled before it has ended. The default is once. With 0, long
    /// tasks answer their result at once.
    pub fn task_polls(mut self, polls: u32) -> Self {
        self.state.task_polls = polls;
        self
    }

    /// Sets the address. The default is a free port of 127.0.0.1. Any program that can reach it and knows the
    /// key can administer the node.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Serves TLS with a certificate of this kind.
    pub fn tls(mut self, tls: TestTls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Starts the node.
    ///
    /// # Errors
    ///
    /// The address is not one of this machine or taken, or no certificate can be made.
    pub async fn try_start(self) -> Result<MockNode, StartError> {
        let tls = self.tls.map(TestTls::make).transpose()?;
        // Made here and not with the builder, which may be started more than once.
        let key = || format!("{}-admin-key-{}", self.state.node_id, mark());
        let key = self.admin_api_key.unwrap_or_else(key);
        let mut state = self.state;
        state.keys.set_admin_secret(key);
        state.instance_id = self.instance_id.unwrap_or_else(|| format!("inst-{}", mark()));
        let shared = Arc::new(Shared::new(state, NodeReception));
        let routes = crate::routes::routes(Arc::clone(&shared));
        let running = start(&shared, routes, self.address, "", tls.as_ref()).await?;
        Ok(MockNode::new(shared, running, tls.map(|tls| tls.ca_pem)))
    }

    /// Starts the node.
    ///
    /// # Panics
    ///
    /// As [`try_start`](Self::try_start) fails: a test needs its node.
    pub async fn start(self) -> MockNode {
        must_start("mock node", self.try_start().await)
    }
}

/// Without settings and variables, which may hold secrets.
impl fmt::Debug for MockNodeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockNodeBuilder")
            .field("node_id", &self.state.node_id)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
