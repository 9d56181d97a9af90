//! The handle of the node in a test.

mod builder;
mod error;
mod reception;
mod view;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use crate::bundle::{BundleBuilder, BundleError, read};
use crate::closed_port::ClosedPort;
use crate::directory::MockDirectory;
use crate::seed::{
    MockCodeEnv, MockConnection, MockFolder, MockLdapSettings, MockPlugin, MockUser, Outcome,
};
use crate::server::{Running, Shared};
use crate::traffic::{Traffic, faults_and_journal};

pub use crate::state::exported::MockPublication;
pub use builder::MockNodeBuilder;
pub(crate) use error::must_start;
pub use error::{LoginRefused, StartError};
pub use view::{MockProject, MockScenario};

/// A node of the product, on a free port of 127.0.0.1 unless its builder says otherwise. It stops when it
/// is dropped. Paths of faults and of the journal are those after the API prefix.
pub struct MockNode {
    shared: Arc<Shared>,
    running: Running,
    ca_pem: Option<String>,
}

impl MockNode {
    /// Starts to build an Automation node with an id. It has a user `admin`, a group
    /// `administrators`, an admin key that no other mock has, and an empty root folder.
    pub fn builder(node_id: impl Into<String>) -> MockNodeBuilder {
        MockNodeBuilder::new(node_id.into())
    }

    /// Starts an Automation node with an id and nothing else: the defaults of [`Self::builder`].
    ///
    /// # Panics
    ///
    /// It cannot start: a test needs its node.
    pub async fn start(node_id: impl Into<String>) -> Self {
        Self::builder(node_id).start().await
    }

    fn new(shared: Arc<Shared>, running: Running, ca_pem: Option<String>) -> Self {
        Self { shared, running, ca_pem }
    }

    /// The base URL: protocol, host and port.
    #[must_use]
    pub fn url(&self) -> &str {
        self.running.url()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// The secret of the key that administers the node.
    #[must_use]
    pub fn admin_api_key(&self) -> String {
        self.shared.state().keys.admin_secret().to_owned()
    }

    /// The authority that clients have to trust, in PEM; none without TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Stops the node and closes its connections. New connections are refused until the returned port is
    /// dropped.
    ///
    /// # Panics
    ///
    /// The node has a fixed port, and another program took it in the meantime.
    pub async fn stop(self) -> ClosedPort {
        self.running.stop().await
    }

    fn traffic(&self) -> &Traffic {
        &self.shared.traffic
    }
}

faults_and_journal!(MockNode);

/// Changes of the contents while the node runs. An object of the same name is replaced.
impl MockNode {
    /// Adds a user.
    pub fn put_user(&self, user: MockUser) {
        self.shared.state().users.insert(user.login.clone(), user);
    }

    /// Removes a user.
    pub fn remove_user(&self, login: &str) {
        self.shared.state().users.remove(login);
    }

    /// Adds a connection.
    pub fn put_connection(&self, connection: MockConnection) {
        self.shared.state().connections.insert(connection.name.clone(), connection);
    }

    /// Removes a connection.
    pub fn remove_connection(&self, name: &str) {
        self.shared.state().connections.remove(name);
    }

    /// Adds a code environment.
    pub fn put_code_env(&self, env: MockCodeEnv) {
        self.shared.state().code_envs.insert((env.name.clone(), env.language), env);
    }

    /// Adds a plugin.
    pub fn put_plugin(&self, plugin: MockPlugin) {
        self.shared.state().plugins.insert(plugin.id.clone(), plugin);
    }

    /// Adds a project folder.
    pub fn put_folder(&self, folder: MockFolder) {
        self.shared.state().folders.insert(folder.id.clone(), folder);
    }

    /// Puts a bundle on the node's simulated disk, where calls that name a path find it.
    pub fn put_archive(&self, path: impl Into<String>, archive: impl Into<Vec<u8>>) {
        self.shared.state().archives.insert(path.into(), Bytes::from(archive.into()));
    }

    /// Adds the project that a bundle describes; on a Design node, bundles can be created from it.
    ///
    /// # Errors
    ///
    /// The bundle cannot be written, or a file in it is not what belongs there.
    pub fn put_design_project(&self, project: &BundleBuilder) -> Result<(), BundleError> {
        let contents = read(&project.build()?)?;
        self.shared.state().put_design_project(project, contents);
        Ok(())
    }

    /// Replaces the settings of the LDAP supplier.
    pub fn set_ldap_settings(&self, settings: MockLdapSettings) {
        self.shared.state().ldap = settings;
    }

    /// Replaces the directory behind the LDAP supplier.
    pub fn set_directory(&self, directory: MockDirectory) {
        self.shared.state().directory = directory;
    }

    /// Sets how the next runs of a scenario end.
    pub fn set_scenario_outcome(
        &self,
        project: impl Into<String>,
        scenario: impl Into<String>,
        outcome: Outcome,
    ) {
        let place = (project.into(), scenario.into());
        self.shared.state().outcomes.insert(place, outcome);
    }

    /// Forgets every long task: their ids are unknown from now on.
    pub fn forget_futures(&self) {
        self.shared.state().futures.forget();
    }

    /// Does what a login in the browser does: checks the account, or makes it when the LDAP supplier
    /// imports users at their first login and the directory knows a person who is authorized (R-L1 to
    /// R-L5). Passwords are not checked.
    ///
    /// # Errors
    ///
    /// The reason why the person cannot log in.
    pub fn log_in(&self, login: &str) -> Result<MockUser, LoginRefused> {
        self.shared.state().log_in(login)
    }
}

/// Inspection.
impl MockNode {
    /// The current state of a project on the node.
    #[must_use]
    pub fn project(&self, key: &str) -> Option<MockProject> {
        self.shared.state().projects.get(key).map(MockProject::of)
    }

    /// The keys of all projects.
    #[must_use]
    pub fn project_keys(&self) -> Vec<String> {
        self.shared.state().projects.keys().cloned().collect()
    }

    /// What was published to the Deployer, in order.
    #[must_use]
    pub fn published(&self) -> Vec<MockPublication> {
        self.shared.state().published.clone()
    }

    /// All users by login.
    #[must_use]
    pub fn users(&self) -> Vec<MockUser> {
        self.shared.state().users.values().cloned().collect()
    }

    /// A user.
    #[must_use]
    pub fn user(&self, login: &str) -> Option<MockUser> {
        self.shared.state().users.get(login).cloned()
    }
}

impl fmt::Debug for MockNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockNode")
            .field("url", &self.url())
            .field("seed", &self.traffic().faults().seed())
            .finish_non_exhaustive()
    }
}
