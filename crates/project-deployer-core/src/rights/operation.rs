use std::fmt;

use super::caller::GlobalRight;
use super::grant::{InfraRight, ProjectRight};

/// Every operation of a Deployer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// List the stages.
    ViewStages,
    /// Change the stages (R-I2).
    EditStages,
    /// Compare logins across all nodes, which shows every login.
    CheckParity,
    /// Change users and groups of the Deployer.
    EditAccounts,
    /// Create an infrastructure (R-P9).
    CreateInfra,
    /// See that an infrastructure is there, and its deployments.
    ViewInfra,
    /// Read its settings (R-P5).
    ReadInfraSettings,
    /// Change its settings (R-P5).
    EditInfraSettings,
    /// Delete it (R-I5).
    DeleteInfra,
    /// Check its readiness, which calls its nodes with their keys.
    CheckInfra,
    /// Create a personal API key for oneself on every node of a multi-node infrastructure.
    CreateOwnNodeKey,
    /// Create one for another user.
    CreateNodeKeyForOther,
    /// Create a published project (R-P10).
    CreateProject,
    /// See a published project and its bundles.
    ViewProject,
    /// Read its settings.
    ReadProjectSettings,
    /// Change its settings and rights (R-P10).
    EditProjectSettings,
    /// Delete it (R-P10).
    DeleteProject,
    /// Upload a bundle (R-P7).
    UploadBundle,
    /// Download a bundle.
    DownloadBundle,
    /// Delete a bundle.
    DeleteBundle,
    /// Create a deployment (R-P4, R-P8).
    CreateDeployment,
    /// See a deployment, its settings, health and updates (R-P3, R-P8).
    ViewDeployment,
    /// Change its settings.
    EditDeployment,
    /// Send it to its nodes.
    UpdateDeployment,
    /// Delete it.
    DeleteDeployment,
    /// Run its test scenarios on the node.
    RunTestScenarios,
}

/// What an operation requires. Both sides must be met. Global administrators meet every requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// Any user with a login.
    Nothing,
    /// A global administrator.
    GlobalAdmin,
    /// A right on the Deployer as a whole.
    Global(GlobalRight),
    /// A right on the infrastructure.
    Infra(InfraRight),
    /// A right on the published project.
    Project(ProjectRight),
    /// A right on the infrastructure and one on the published project.
    Both(InfraRight, ProjectRight),
}

impl Operation {
    /// Every operation, in the order of the type.
    pub const ALL: [Self; 26] = [
        Self::ViewStages,
        Self::EditStages,
        Self::CheckParity,
        Self::EditAccounts,
        Self::CreateInfra,
        Self::ViewInfra,
        Self::ReadInfraSettings,
        Self::EditInfraSettings,
        Self::DeleteInfra,
        Self::CheckInfra,
        Self::CreateOwnNodeKey,
        Self::CreateNodeKeyForOther,
        Self::CreateProject,
        Self::ViewProject,
        Self::ReadProjectSettings,
        Self::EditProjectSettings,
        Self::DeleteProject,
        Self::UploadBundle,
        Self::DownloadBundle,
        Self::DeleteBundle,
        Self::CreateDeployment,
        Self::ViewDeployment,
        Self::EditDeployment,
        Self::UpdateDeployment,
        Self::DeleteDeployment,
        Self::RunTestScenarios,
    ];

    /// What it requires.
    #[must_use]
    pub fn requirement(self) -> Requirement {
        use Requirement::{Both, Global, GlobalAdmin, Infra, Nothing, Project};
        match self {
            Self::ViewStages => Nothing,
            Self::EditStages | Self::CheckParity | Self::EditAccounts | Self::CreateInfra => {
                GlobalAdmin
            }
            Self::ViewInfra => Infra(InfraRight::View),
            Self::CreateOwnNodeKey => Infra(InfraRight::Deploy),
            Self::ReadInfraSettings
            | Self::EditInfraSettings
            | Self::DeleteInfra
            | Self::CheckInfra
            | Self::CreateNodeKeyForOther => Infra(InfraRight::Admin),
            Self::CreateProject => Global(GlobalRight::CreatePublishedProjects),
            Self::ViewProject | Self::DownloadBundle => Project(ProjectRight::Read),
            Self::UploadBundle => Project(ProjectRight::Write),
            Self::ReadProjectSettings
            | Self::EditProjectSettings
            | Self::DeleteProject
            | Self::DeleteBundle => Project(ProjectRight::Admin),
            Self::ViewDeployment => Both(InfraRight::View, ProjectRight::Read),
            Self::CreateDeployment
            | Self::EditDeployment
            | Self::UpdateDeployment
            | Self::DeleteDeployment
            | Self::RunTestScenarios => Both(InfraRight::Deploy, ProjectRight::Deploy),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ViewStages => "list stages",
            Self::EditStages => "change stages",
            Self::CheckParity => "compare logins",
            Self::EditAccounts => "change users and groups",
            Self::CreateInfra => "create an infrastructure",
            Self::ViewInfra => "see an infrastructure",
            Self::ReadInfraSettings => "read infrastructure settings",
            Self::EditInfraSettings => "change infrastructure settings",
            Self::DeleteInfra => "delete an infrastructure",
            Self::CheckInfra => "check an infrastructure",
            Self::CreateOwnNodeKey => "create a node key for oneself",
            Self::CreateNodeKeyForOther => "create a node key for another user",
            Self::CreateProject => "create a published project",
            Self::ViewProject => "see a published project",
            Self::ReadProjectSettings => "read published project settings",
            Self::EditProjectSettings => "change published project settings",
            Self::DeleteProject => "delete a published project",
            Self::UploadBundle => "upload a bundle",
            Self::DownloadBundle => "download a bundle",
            Self::DeleteBundle => "delete a bundle",
            Self::CreateDeployment => "create a deployment",
            Self::ViewDeployment => "see a deployment",
            Self::EditDeployment => "change a deployment",
            Self::UpdateDeployment => "update a deployment",
            Self::DeleteDeployment => "delete a deployment",
            Self::RunTestScenarios => "run test scenarios",
        })
    }
}
