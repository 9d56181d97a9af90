use std::fmt;

use project_deployer_core::ProjectKey;

use crate::connector::Identity;
use crate::error::NodeErrorKind;

/// Each operation with its words and with whether it changes something.
macro_rules! operations {
    ($($operation:ident: $words:literal, $changes:literal;)*) => {
        /// An operation of a node: one for each method of [`AutomationNode`](crate::AutomationNode)
        /// [`NodeAccounts`](crate::NodeAccounts) and [`NodeKeys`](crate::NodeKeys).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "each is named after its method")]
        pub enum Operation {
            $($operation,)*
        }

        impl Operation {
            /// Whether it changes something.
            #[must_use]
            pub fn changes(self) -> bool {
                match self {
                    $(Self::$operation => $changes,)*
                }
            }
        }

        impl fmt::Display for Operation {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$operation => $words,)*
                })
            }
        }
    };
}

operations! {
    InstanceInfo: "read the instance info", false;
    AuthInfo: "read the identity of the caller", false;
    Resources: "list resources", false;
    CodeEnvs: "list code environments", false;
    ProjectKeys: "list projects", false;
    ProjectFolder: "read project folder", false;
    Project: "read project", false;
    CreateProject: "create project", true;
    CreateProjectFromBundle: "create a project from bundle", true;
    ImportBundle: "import bundle", true;
    PreloadBundle: "preload bundle", true;
    ActivateBundle: "activate bundle", true;
    ProjectConfiguration: "read the configuration of project", false;
    ConfigureProject: "write the configuration of project", true;
    Scenarios: "list the scenarios of project", false;
    ConfigureScenario: "write scenario", true;
    RunScenario: "run scenario", true;
    Webapps: "list the webapps of project", false;
    ConfigureWebapp: "write webapp", true;
    RestartWebapp: "restart the backend of webapp", true;
    CodeEnvLogs: "list the logs of code environment", false;
    CodeEnvLog: "read a log of code environment", false;
    Users: "list users", false;
    User: "read user", false;
    Groups: "list groups", false;
    LdapSettings: "read LDAP settings", false;
    ExternalUsers: "list the users of supplier", false;
    ProvisionUsers: "create the accounts of users of supplier", true;
    Resync: "resync users", true;
    AccountRules: "read the rules for accounts", false;
    SetUserEnabled: "write user", true;
    CreatePersonalKey: "create a personal API key for", true;
    KeyIdentity: "read the identity of the key", false;
    GlobalKeys: "list global API keys", false;
    CreateGlobalKey: "create a global API key", true;
    DeleteGlobalKey: "delete a global API key", true;
}

/// A call that reached a node, with any result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeCall {
    /// The caller.
    pub acting: Identity,
    /// The operation that was requested.
    pub operation: Operation,
    /// The project that it was about.
    pub project: Option<ProjectKey>,
    /// The bundle, scenario, folder, supplier or login that it was about.
    pub object: Option<String>,
}

impl FakeCall {
    pub(super) fn on(self, project: &ProjectKey) -> Self {
        Self { project: Some(project.clone()), ..self }
    }

    pub(super) fn about(self, object: impl fmt::Display) -> Self {
        Self { object: Some(object.to_string()), ..self }
    }
}

/// For people: the words, the object, the project.
impl fmt::Display for FakeCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operation.fmt(f)?;
        match (&self.object, &self.project) {
            (Some(object), Some(project)) => write!(f, " {object} of {project}"),
            (Some(object), None) => write!(f, " {object}"),
            (None, Some(project)) => write!(f, " {project}"),
            (None, None) => Ok(()),
        }
    }
}

/// How a call fails on demand.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The call fails in this way and changes nothing.
    Before(NodeErrorKind),
    /// The call takes effect, and the connection closes before the response: the caller cannot know.
    ReplyLost,
    /// The call takes effect, and no response ever comes.
    NoReply,
    /// The call changes nothing, and no response ever comes.
    Stuck,
    /// The call is a task of the node that runs until it is stopped, and then has changed nothing. It never ends
    /// for a connector without a [stop order](crate::NodeConnector::stopped_by).
    RunsUntilStopped,
    /// The call panics: a defect of a program.
    Panics,
}
