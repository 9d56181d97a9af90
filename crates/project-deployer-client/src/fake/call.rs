use std::fmt;

use project_deployer_core::ProjectKey;
use project_deployer_core::bundle::BundleContents;

use crate::connector::Identity;
use crate::error::NodeErrorKind;

/// What can be asked of a node: one word for each method of
/// [`AutomationNode`](crate::AutomationNode) and [`NodeAccounts`](crate::NodeAccounts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is named after its method")]
pub enum Operation {
    InstanceInfo,
    AuthInfo,
    Resources,
    ProjectFolder,
    Project,
    CreateProject,
    CreateProjectFromBundle,
    ImportBundle,
    PreloadBundle,
    ActivateBundle,
    ProjectConfiguration,
    ConfigureProject,
    Scenarios,
    ConfigureScenario,
    RunScenario,
    Users,
    Groups,
    LdapSettings,
    ExternalUsers,
    ProvisionUsers,
    Resync,
    AccountRules,
    SetUserEnabled,
    CreatePersonalKey,
}

impl Operation {
    /// Whether it changes something.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(
            self,
            Self::CreateProject
                | Self::CreateProjectFromBundle
                | Self::ImportBundle
                | Self::PreloadBundle
                | Self::ActivateBundle
                | Self::ConfigureProject
                | Self::ConfigureScenario
                | Self::RunScenario
                | Self::ProvisionUsers
                | Self::Resync
                | Self::SetUserEnabled
                | Self::CreatePersonalKey
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InstanceInfo => "ask what the node is",
            Self::AuthInfo => "ask whom the key stands for",
            Self::Resources => "list resources",
            Self::ProjectFolder => "read project folder",
            Self::Project => "read project",
            Self::CreateProject => "create project",
            Self::CreateProjectFromBundle => "create a project from bundle",
            Self::ImportBundle => "import bundle",
            Self::PreloadBundle => "preload bundle",
            Self::ActivateBundle => "activate bundle",
            Self::ProjectConfiguration => "read the configuration of project",
            Self::ConfigureProject => "write the configuration of project",
            Self::Scenarios => "list the scenarios of project",
            Self::ConfigureScenario => "write scenario",
            Self::RunScenario => "run scenario",
            Self::Users => "list users",
            Self::Groups => "list groups",
            Self::LdapSettings => "read LDAP settings",
            Self::ExternalUsers => "list the users of supplier",
            Self::ProvisionUsers => "create the accounts of users of supplier",
            Self::Resync => "resync users",
            Self::AccountRules => "read the rules for accounts",
            Self::SetUserEnabled => "write user",
            Self::CreatePersonalKey => "create a personal API key for",
        })
    }
}

/// A call as it reached a node, whatever came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeCall {
    /// As whom.
    pub acting: Identity,
    /// What was asked.
    pub operation: Operation,
    /// The project that it was about.
    pub project: Option<ProjectKey>,
    /// The bundle, scenario, folder, supplier or login that it was about.
    pub object: Option<String>,
}

impl FakeCall {
    pub(super) fn new(acting: &Identity, operation: Operation) -> Self {
        Self { acting: acting.clone(), operation, project: None, object: None }
    }

    pub(super) fn on(self, project: &ProjectKey) -> Self {
        Self { project: Some(project.clone()), ..self }
    }

    /// With the id of a bundle that goes along, and with its project unless there is another one.
    pub(super) fn with_bundle(self, contents: &BundleContents) -> Self {
        let project = self.project.clone().or_else(|| Some(contents.project_key.clone()));
        Self { project, ..self.about(&contents.bundle_id) }
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
pub enum Failure {
    /// It fails in this way and does nothing.
    Before(NodeErrorKind),
    /// It does what it does, and the connection ends before the answer: the caller cannot know.
    ReplyLost,
}
