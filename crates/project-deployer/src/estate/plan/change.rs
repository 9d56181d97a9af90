use std::fmt;
use std::str::FromStr;

use project_deployer_core::accounts::{Group, User};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::Severity;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::{
    DeploymentId, FleetId, GroupName, InfraId, Login, ProjectKey, StageId,
};
use serde::{Deserialize, Serialize};

use crate::estate::document::{DeploymentEntry, ProjectEntry};
use crate::estate::observed::Version;
use crate::fleets::FleetSettings;
use crate::windows::WindowsChange;

/// A kind of object of an estate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EstateKind {
    /// Groups.
    Groups,
    /// Users.
    Users,
    /// The stages.
    Stages,
    /// Fleets.
    Fleets,
    /// Infrastructures.
    Infrastructures,
    /// Windows in which updates may start, or may not.
    Windows,
    /// Published projects.
    Projects,
    /// Deployments.
    Deployments,
}

impl EstateKind {
    /// Every kind, in the order of the document.
    pub const ALL: [Self; 8] = [
        Self::Groups,
        Self::Users,
        Self::Stages,
        Self::Fleets,
        Self::Infrastructures,
        Self::Windows,
        Self::Projects,
        Self::Deployments,
    ];

    /// The name of its section.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Users => "users",
            Self::Stages => "stages",
            Self::Fleets => "fleets",
            Self::Infrastructures => "infrastructures",
            Self::Windows => "windows",
            Self::Projects => "projects",
            Self::Deployments => "deployments",
        }
    }

    /// What one of them is called.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Groups => "group",
            Self::Users => "user",
            Self::Stages => "stage",
            Self::Fleets => "fleet",
            Self::Infrastructures => "infrastructure",
            // Windows are changed together, and named by where they are.
            Self::Windows => "windows of",
            Self::Projects => "project",
            Self::Deployments => "deployment",
        }
    }
}

impl fmt::Display for EstateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for EstateKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| format!("write one of {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum PlannedAction {
    /// It creates an object.
    Create,
    /// It changes the settings of an object.
    Change,
    /// It deletes an object.
    Delete,
    /// It brings a deployment to its nodes.
    Update,
}

impl fmt::Display for PlannedAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Delete => "delete",
            Self::Update => "update",
        })
    }
}

/// One change of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedChange {
    /// The kind of the object.
    pub kind: EstateKind,
    /// The id of the object; empty for the stages, which are one list.
    pub id: String,
    /// What is done.
    pub action: PlannedAction,
    /// The fields that change.
    pub fields: Vec<PlannedField>,
}

/// One field of a change. A secret is never in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlannedField {
    /// The field as the file names it, such as `rights.ops`.
    pub field: String,
    /// What it is; none if it is absent.
    pub from: Option<String>,
    /// What it will be; none if it will be absent.
    pub to: Option<String>,
}

impl PlannedField {
    /// What stands in the place of a secret.
    pub const WITHHELD: &'static str = "(withheld)";

    pub(super) fn new(field: impl Into<String>, from: Option<String>, to: Option<String>) -> Self {
        Self { field: field.into(), from, to }
    }
}

/// What prevents a plan, what it warns of, or what is worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PlanNote {
    /// Error: the plan is not carried out.
    pub severity: Severity,
    /// The kind of the object.
    pub kind: EstateKind,
    /// The id of the object.
    pub id: String,
    /// What it is about.
    pub what: String,
    /// What to do.
    pub hint: String,
    /// Whether it holds only until windows allow updates.
    #[serde(skip)]
    pub(crate) awaits_window: bool,
}

impl PlanNote {
    pub(crate) fn new(
        severity: Severity,
        kind: EstateKind,
        id: &(impl ToString + ?Sized),
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            kind,
            id: id.to_string(),
            what: what.into(),
            hint: hint.into(),
            awaits_window: false,
        }
    }
}

/// A change and how it is made.
#[derive(Debug)]
pub(in crate::estate) struct Step {
    pub(in crate::estate) change: PlannedChange,
    pub(in crate::estate) work: Work,
    /// The version of the object that the change is based on.
    pub(in crate::estate) based_on: Option<Version>,
}

/// How a change is made.
#[derive(Debug)]
pub(in crate::estate) enum Work {
    Own(OwnWork),
    CreateInfra(Box<InfraSettings>),
    SaveInfra(Box<InfraSettings>),
    DeleteInfra(InfraId),
    /// A new object first has what the Deployer gives it; the entry is put over that.
    CreateProject(Box<ProjectEntry>),
    SaveProject(Box<PublishedProjectSettings>),
    DeleteProject(ProjectKey),
    CreateDeployment(Box<DeploymentEntry>),
    SaveDeployment(Box<DeploymentSettings>),
    DeleteDeployment(DeploymentId),
    Update(DeploymentId),
}

/// What only an engine offers, and no other Deployer.
#[derive(Debug)]
pub(in crate::estate) enum OwnWork {
    CreateGroup(Box<Group>),
    SaveGroup(Box<Group>),
    DeleteGroup(GroupName),
    CreateUser(Box<User>),
    SaveUser(Box<User>),
    DeleteUser(Login),
    SaveStages(StageCatalogue),
    RemoveStages(Vec<StageId>),
    CreateFleet(Box<FleetSettings>),
    SaveFleet(Box<FleetSettings>),
    DeleteFleet(FleetId),
    SaveWindows(Box<WindowsChange>),
}
