use std::collections::BTreeSet;
use std::fmt;

use project_deployer_core::{GroupName, Login};
use serde::Serialize;

use super::input::LocationId;

/// A login that a deployment will use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoginRequirement {
    /// The login.
    pub login: Login,
    /// What the deployment uses it for.
    pub role: Role,
    /// Where the requirement comes from, such as a deployment or an infrastructure, in words.
    pub reason: String,
    /// The locations that need it.
    pub at: Locations,
}

/// What a deployment uses a login for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// Requests the update: on the Deployer, and on the node unless a deploy-as user is set (R-S7).
    Requester,
    /// Changes the node (R-S7).
    DeployAs,
    /// Runs scenarios (R-S8).
    RunScenariosAs,
    /// Runs webapps (R-S8).
    RunWebappsAs,
    /// Owns the project.
    Owner,
}

/// The locations that need a login or a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Locations {
    /// At every location.
    Everywhere,
    /// At these.
    At(BTreeSet<LocationId>),
}

/// A group that grants of rights name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GroupRequirement {
    /// The group.
    pub group: GroupName,
    /// The grant that names it, in words.
    pub reason: String,
    /// The locations that need it.
    pub at: Locations,
}

impl LoginRequirement {
    /// A login that some locations need.
    #[must_use]
    pub fn new(login: Login, role: Role, reason: impl Into<String>, at: Locations) -> Self {
        Self { login, role, reason: reason.into(), at }
    }
}

impl GroupRequirement {
    /// A group that some locations need.
    #[must_use]
    pub fn new(group: GroupName, reason: impl Into<String>, at: Locations) -> Self {
        Self { group, reason: reason.into(), at }
    }
}

impl Locations {
    /// Whether the location is one of them.
    #[must_use]
    pub fn include(&self, location: &LocationId) -> bool {
        match self {
            Self::Everywhere => true,
            Self::At(locations) => locations.contains(location),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requester => "requester",
            Self::DeployAs => "deploy-as user",
            Self::RunScenariosAs => "run-as user of scenarios",
            Self::RunWebappsAs => "run-as user of webapps",
            Self::Owner => "owner",
        })
    }
}
