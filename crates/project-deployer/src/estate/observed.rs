//! What is there: the documents that a plan compares an estate with.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use project_deployer_core::accounts::{Group, User};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{
    BundleId, DeploymentId, FleetId, GroupName, InfraId, Login, ProjectKey, Timestamp,
};
use project_deployer_store::Revision;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::fleets::{FleetSettings, ManagedInfra};
use crate::maintenance::MaintenanceScope;
use crate::windows::WindowSet;

/// What is there, as one caller sees it. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct ObservedEstate {
    pub(super) stages: Seen<StageCatalogue>,
    pub(super) accounts: Reserved<SeenAccounts>,
    /// The names of accounts; none if they are unknown: for whoever is no administrator, and of another Deployer.
    pub(super) names: Option<SeenNames>,
    pub(super) fleets: Reserved<BTreeMap<FleetId, SeenFleet>>,
    /// The fleets that cannot be read, with the reason.
    pub(super) unread_fleets: BTreeMap<FleetId, String>,
    pub(super) infras: BTreeMap<InfraId, SeenInfra>,
    pub(super) windows: Reserved<SeenWindows>,
    pub(super) projects: BTreeMap<ProjectKey, SeenProject>,
    pub(super) deployments: BTreeMap<DeploymentId, SeenDeployment>,
    /// Whether stages can be changed there: another Deployer offers no call for it.
    pub(super) can_change_stages: bool,
}

/// A document, and how to tell whether it is still the same.
#[derive(Debug, Clone)]
pub(crate) struct Seen<T> {
    pub(crate) value: T,
    pub(crate) version: Version,
}

/// The version of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Version {
    /// The revision of the store that wrote it, of the engine's own documents.
    Revision(Revision),
    /// The digest of the document, of another Deployer, which has no revisions.
    Digest(String),
}

impl Version {
    /// The version of a document without secrets.
    pub(crate) fn of_document(document: &Value) -> Self {
        Self::Digest(digest_of(document.to_string().as_bytes()))
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Revision(revision) => format!("revision {}", revision.0),
            Self::Digest(digest) => digest.clone(),
        }
    }
}

/// The SHA-256 of bytes in hexadecimal.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // A write to a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What only global administrators of an engine see.
#[derive(Debug, Clone, Default)]
pub(crate) enum Reserved<T> {
    /// It was read.
    Seen(T),
    /// The caller is no global administrator. For it there is none.
    ForAdministrators,
    /// Another Deployer has no call for it, or the file does not mention it.
    #[default]
    NotRead,
}

impl<T> Reserved<T> {
    pub(super) fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::ForAdministrators | Self::NotRead => None,
        }
    }
}

/// The users and groups of the Deployer.
#[derive(Debug, Clone)]
pub(crate) struct SeenAccounts {
    pub(crate) groups: BTreeMap<GroupName, Seen<Group>>,
    pub(crate) users: BTreeMap<Login, Seen<User>>,
    /// Who plans.
    pub(crate) caller: Login,
}

/// The names of all groups and users of the Deployer, also of those that cannot be read.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenNames {
    pub(crate) groups: BTreeSet<GroupName>,
    pub(crate) users: BTreeSet<Login>,
}

/// A fleet. Its secrets are in its settings.
#[derive(Debug, Clone)]
pub(crate) struct SeenFleet {
    pub(crate) settings: Seen<FleetSettings>,
    /// The infrastructures that it manages.
    pub(crate) members: Vec<InfraId>,
}

/// An infrastructure.
#[derive(Debug, Clone)]
pub(crate) struct SeenInfra {
    /// None if the caller may not read its settings.
    pub(crate) settings: Option<Seen<InfraSettings>>,
    /// Whether all keys of its nodes and secrets of its hooks are known: an absent one is unknown otherwise.
    pub(crate) has_keys: bool,
    /// What a fleet manages of it, as far as that is known.
    pub(crate) managed: Option<ManagedInfra>,
    /// Why it cannot be read whether a fleet manages it.
    pub(crate) unread_fleet: Option<String>,
}

/// The windows of an engine, as far as the caller sees them. Another Deployer has no call for them.
#[derive(Debug, Clone)]
pub(crate) struct SeenWindows {
    pub(crate) sets: BTreeMap<MaintenanceScope, Seen<WindowSet>>,
    /// The scopes whose windows cannot be read, with the reason.
    pub(crate) unread: BTreeMap<MaintenanceScope, String>,
    /// Whether the caller may change those of stages and of everything.
    pub(crate) is_administrator: bool,
    /// Who plans: the owner of what is added.
    pub(crate) caller: Login,
    /// The groups of the caller.
    pub(crate) groups: BTreeSet<GroupName>,
    /// When they were read.
    pub(crate) now: Timestamp,
}

/// A published project.
#[derive(Debug, Clone)]
pub(crate) struct SeenProject {
    /// None if the caller may not read its settings.
    pub(crate) settings: Option<Seen<PublishedProjectSettings>>,
    pub(crate) bundles: BTreeSet<BundleId>,
}

/// A deployment.
#[derive(Debug, Clone)]
pub(crate) struct SeenDeployment {
    pub(crate) settings: Seen<DeploymentSettings>,
    pub(crate) deployed: Deployed,
}

/// What is known of a deployment on its nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deployed {
    Never,
    /// The last update succeeded with this bundle, and the settings are not newer.
    Bundle(BundleId),
    /// The last update did not succeed, or the settings were saved after it.
    Behind,
    Unknown,
}

impl Deployed {
    /// By the last update that has ended, and whether the settings were saved after it. Of an update that runs nobody
    /// knows yet.
    pub(crate) fn after(status: UpdateStatus, bundle: &BundleId, has_newer_settings: bool) -> Self {
        match status {
            UpdateStatus::Running => Self::Unknown,
            UpdateStatus::Success | UpdateStatus::Warning if !has_newer_settings => {
                Self::Bundle(bundle.clone())
            }
            _ => Self::Behind,
        }
    }
}

impl ObservedEstate {
    /// An installation with these stages and nothing else.
    pub(crate) fn with_stages(stages: Seen<StageCatalogue>, can_change_stages: bool) -> Self {
        Self {
            stages,
            accounts: Reserved::default(),
            names: None,
            fleets: Reserved::default(),
            unread_fleets: BTreeMap::new(),
            infras: BTreeMap::new(),
            windows: Reserved::default(),
            projects: BTreeMap::new(),
            deployments: BTreeMap::new(),
            can_change_stages,
        }
    }

    pub(crate) fn set_accounts(&mut self, accounts: Reserved<SeenAccounts>) {
        self.accounts = accounts;
    }

    pub(crate) fn set_names(&mut self, names: SeenNames) {
        self.names = Some(names);
    }

    pub(crate) fn set_fleets(&mut self, fleets: Reserved<BTreeMap<FleetId, SeenFleet>>) {
        self.fleets = fleets;
    }

    pub(crate) fn add_unread_fleet(&mut self, id: FleetId, reason: String) {
        self.unread_fleets.insert(id, reason);
    }

    pub(crate) fn add_infra(&mut self, id: InfraId, infra: SeenInfra) {
        self.infras.insert(id, infra);
    }

    pub(crate) fn set_windows(&mut self, windows: SeenWindows) {
        self.windows = Reserved::Seen(windows);
    }

    pub(crate) fn add_project(&mut self, key: ProjectKey, project: SeenProject) {
        self.projects.insert(key, project);
    }

    pub(crate) fn add_deployment(&mut self, id: DeploymentId, deployment: SeenDeployment) {
        self.deployments.insert(id, deployment);
    }
}
