//! What a file says: the wanted part of an installation.

mod account;
mod deployment;
mod fleet;
mod infra;
mod secret;
mod window;

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::rights::ProjectRight;
use project_deployer_core::{GroupName, Login, ProjectKey, StageId, setters};
use serde::{Deserialize, Serialize};

pub use self::account::{GroupEntry, UserEntry};
pub use self::deployment::{CodeEnvsEntry, DeploymentEntry};
pub use self::fleet::{FleetEntry, FleetSourceEntry, ListedNodeEntry};
pub(in crate::estate) use self::infra::secret_of;
pub use self::infra::{GroupRight, HooksEntry, InfraEntry, NodeDescription, RemappingEntry};
pub use self::secret::SecretRef;
pub use self::window::WindowEntry;

/// The wanted part of an installation. What it does not mention is left alone: an object that is not listed, a
/// field that is absent, a whole section that is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Estate {
    /// The version of the document.
    pub version: u32,
    /// Groups of the Deployer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<GroupEntry>>,
    /// Users of the Deployer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<UserEntry>>,
    /// Stages in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<Vec<StageEntry>>,
    /// Fleets, whose nodes register themselves as infrastructures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleets: Option<Vec<FleetEntry>>,
    /// Infrastructures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub infrastructures: Option<Vec<InfraEntry>>,
    /// Windows in which updates may start, or may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<WindowEntry>>,
    /// Published projects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<ProjectEntry>>,
    /// Deployments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployments: Option<Vec<DeploymentEntry>>,
}

impl Estate {
    /// The version that this program reads and writes.
    pub const VERSION: u32 = 1;

    /// An estate that mentions nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            version: Self::VERSION,
            groups: None,
            users: None,
            stages: None,
            fleets: None,
            infrastructures: None,
            windows: None,
            projects: None,
            deployments: None,
        }
    }
}

impl Default for Estate {
    fn default() -> Self {
        Self::new()
    }
}

setters!(Estate {
    with_groups(groups: Option<Vec<GroupEntry>>),
    with_users(users: Option<Vec<UserEntry>>),
    with_stages(stages: Option<Vec<StageEntry>>),
    with_fleets(fleets: Option<Vec<FleetEntry>>),
    with_infrastructures(infrastructures: Option<Vec<InfraEntry>>),
    with_windows(windows: Option<Vec<WindowEntry>>),
    with_projects(projects: Option<Vec<ProjectEntry>>),
    with_deployments(deployments: Option<Vec<DeploymentEntry>>),
});

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct StageEntry {
    /// The name.
    pub id: StageId,
    /// The description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl StageEntry {
    /// A stage whose description is left alone.
    #[must_use]
    pub fn new(id: StageId) -> Self {
        Self { id, description: None }
    }
}

setters!(StageEntry { with_description(description: Option<String>) });

/// A published project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ProjectEntry {
    /// The key.
    pub key: ProjectKey,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The owner on the Deployer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Login>,
    /// The rights of groups; a group that is not listed has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<BTreeMap<GroupName, BTreeSet<ProjectWord>>>,
}

impl ProjectEntry {
    /// A project whose settings are left alone.
    #[must_use]
    pub fn new(key: ProjectKey) -> Self {
        Self { key, name: None, owner: None, rights: None }
    }
}

setters!(ProjectEntry {
    with_name(name: Option<String>),
    with_owner(owner: Option<Login>),
    with_rights(rights: Option<BTreeMap<GroupName, BTreeSet<ProjectWord>>>),
});

/// A right on a published project (R-P7). `write` and `deploy` imply `read`, and `admin` implies all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ProjectWord {
    /// See it and its deployments.
    Read,
    /// Upload bundles.
    Write,
    /// Create deployments from it.
    Deploy,
    /// Administer it.
    Admin,
}

impl ProjectWord {
    /// Every word.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Deploy, Self::Admin];

    /// The right that it names.
    #[must_use]
    pub fn right(self) -> ProjectRight {
        match self {
            Self::Read => ProjectRight::Read,
            Self::Write => ProjectRight::Write,
            Self::Deploy => ProjectRight::Deploy,
            Self::Admin => ProjectRight::Admin,
        }
    }
}

/// A value that may be none: an empty text in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[serde(bound = "T: Clone + TryFrom<String> + std::fmt::Display, T::Error: std::fmt::Display")]
pub struct OrNone<T>(Option<T>);

impl<T> OrNone<T> {
    /// The value.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> From<Option<T>> for OrNone<T> {
    fn from(value: Option<T>) -> Self {
        Self(value)
    }
}

impl<T: TryFrom<String>> TryFrom<String> for OrNone<T> {
    type Error = T::Error;

    fn try_from(text: String) -> Result<Self, T::Error> {
        if text.is_empty() {
            Ok(Self(None))
        } else {
            T::try_from(text).map(|value| Self(Some(value)))
        }
    }
}

impl<T: std::fmt::Display> From<OrNone<T>> for String {
    fn from(value: OrNone<T>) -> Self {
        value.0.map(|value| value.to_string()).unwrap_or_default()
    }
}
