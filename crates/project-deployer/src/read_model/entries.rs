use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::{BundleId, DeploymentId};

use super::kept::{InfraWithoutKeys, Kept};
use super::sorted::Sorted;
use crate::state::{BundleRecord, DeploymentRecord, LatestUpdate};

/// An infrastructure, and its deployments. Documents arrive in any order, so each part may be missing.
#[derive(Clone, Default)]
pub(super) struct InfraEntry {
    pub(super) record: Option<Kept<InfraWithoutKeys>>,
    pub(super) deployments: Sorted<DeploymentId, ()>,
}

/// A published project, its bundles, and its deployments.
#[derive(Clone, Default)]
pub(super) struct ProjectEntry {
    pub(super) record: Option<Kept<PublishedProjectSettings>>,
    pub(super) bundles: Sorted<BundleId, Kept<BundleRecord>>,
    pub(super) deployments: Sorted<DeploymentId, ()>,
}

/// A deployment, its latest update, and how many records of deployed projects list it as superseded.
#[derive(Clone, Default)]
pub(super) struct DeploymentEntry {
    pub(super) record: Option<Kept<DeploymentRecord>>,
    pub(super) latest: Option<Kept<LatestUpdate>>,
    pub(super) superseded: u32,
}

/// An entry without any part is removed.
pub(super) trait Entry {
    fn is_vacant(&self) -> bool;
}

impl Entry for InfraEntry {
    fn is_vacant(&self) -> bool {
        self.record.is_none() && self.deployments.is_empty()
    }
}

impl Entry for ProjectEntry {
    fn is_vacant(&self) -> bool {
        self.record.is_none() && self.bundles.is_empty() && self.deployments.is_empty()
    }
}

impl Entry for DeploymentEntry {
    fn is_vacant(&self) -> bool {
        self.record.is_none() && self.latest.is_none() && self.superseded == 0
    }
}
