//! What a node knows, as plain data, and the functions that decide over it. No IO, no locks: the
//! handlers hold the lock for the time of one function.

pub(crate) mod accounts;
pub(crate) mod activation;
pub(crate) mod bundles;
pub(crate) mod code_envs;
pub(crate) mod container_settings;
pub(crate) mod deployer;
pub(crate) mod exported;
pub(crate) mod folders;
pub(crate) mod futures;
pub(crate) mod keys;
mod local_deployer;
pub(crate) mod matrix;
pub(crate) mod plugins;
pub(crate) mod project;
mod project_export;
pub(crate) mod rights;
pub(crate) mod runs;
pub(crate) mod scenarios;
pub(crate) mod settings;
pub(crate) mod supplier;
pub(crate) mod testing;
pub(crate) mod tickets;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::directory::MockDirectory;
use crate::seed::{
    CodeEnvLanguage, MockCodeEnv, MockConnection, MockFolder, MockGroup, MockLdapSettings,
    MockPlugin, MockUser, NodeKind, Outcome, Profile, Quirk,
};
use deployer::DeployerState;
use exported::MockPublication;
use futures::Futures;
use keys::ApiKeys;
use project::Project;
use tickets::Tickets;

/// A node.
#[derive(Debug, Clone, Default)]
pub(crate) struct NodeState {
    pub(crate) node_id: String,
    pub(crate) node_name: String,
    pub(crate) instance_id: String,
    pub(crate) kind: NodeKind,
    pub(crate) version: String,
    pub(crate) profile: Profile,
    pub(crate) quirks: BTreeSet<Quirk>,
    /// How often a task is asked before it has ended.
    pub(crate) task_polls: u32,
    pub(crate) users: BTreeMap<String, MockUser>,
    pub(crate) groups: BTreeMap<String, MockGroup>,
    pub(crate) connections: BTreeMap<String, MockConnection>,
    pub(crate) code_envs: BTreeMap<(String, CodeEnvLanguage), MockCodeEnv>,
    /// Definitions of code environments as they were saved.
    pub(crate) code_env_definitions: BTreeMap<(String, CodeEnvLanguage), Map<String, Value>>,
    pub(crate) plugins: BTreeMap<String, MockPlugin>,
    pub(crate) folders: BTreeMap<String, MockFolder>,
    pub(crate) ldap: MockLdapSettings,
    pub(crate) directory: MockDirectory,
    pub(crate) login_remapping: LoginRemapping,
    pub(crate) general_settings: Map<String, Value>,
    /// Settings of other suppliers than LDAP, by the name of their route.
    pub(crate) supplier_settings: BTreeMap<String, Map<String, Value>>,
    /// Variables of the whole node.
    pub(crate) variables: Map<String, Value>,
    pub(crate) keys: ApiKeys,
    pub(crate) tickets: Tickets,
    pub(crate) projects: BTreeMap<String, Project>,
    /// The server's own disk.
    pub(crate) archives: BTreeMap<String, Bytes>,
    /// What was published to the Deployer.
    pub(crate) published: Vec<MockPublication>,
    /// What is on the node when it is a Deployer itself.
    pub(crate) deployer: DeployerState,
    pub(crate) futures: Futures,
    /// How runs of a scenario of a project end; well, unless it is said.
    pub(crate) outcomes: BTreeMap<(String, String), Outcome>,
    /// The time of the last login, by login.
    pub(crate) logins: BTreeMap<String, i64>,
    pub(crate) clock: Clock,
}

/// What a node makes of the login attribute of a directory.
#[derive(Clone)]
pub(crate) struct LoginRemapping(pub(crate) Arc<dyn Fn(&str) -> String + Send + Sync>);

impl LoginRemapping {
    pub(crate) fn apply(&self, login: &str) -> String {
        (self.0)(login)
    }
}

impl Default for LoginRemapping {
    fn default() -> Self {
        Self(Arc::new(str::to_owned))
    }
}

impl fmt::Debug for LoginRemapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginRemapping")
    }
}

/// The node's time: one second later each time that it is read, so that two runs of a test see
/// the same times.
#[derive(Debug, Clone)]
pub(crate) struct Clock(i64);

impl Clock {
    /// Milliseconds since 1970.
    pub(crate) fn now(&mut self) -> i64 {
        self.0 += 1000;
        self.0
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self(1_767_225_600_000)
    }
}

impl NodeState {
    /// A node with an administrators' group, an administrator, and the root folder.
    pub(crate) fn new(node_id: String) -> Self {
        let administrators = MockGroup::admins("administrators");
        let admin = MockUser::new("admin").in_group("administrators");
        let root = MockFolder::root();
        Self {
            node_name: node_id.clone(),
            version: Profile::default().version().to_owned(),
            quirks: Quirk::usual(),
            task_polls: 1,
            users: [(admin.login.clone(), admin)].into(),
            groups: [(administrators.name.clone(), administrators)].into(),
            folders: [(root.id.clone(), root)].into(),
            general_settings: settings::shipped(),
            supplier_settings: settings::other_suppliers(),
            keys: ApiKeys::with_admin(format!("{node_id}-admin-key")),
            instance_id: format!("inst-{node_id}"),
            node_id,
            ..Self::default()
        }
    }

    pub(crate) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}
