use std::sync::{Arc, OnceLock};

use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::status::{Package, ProjectBasicInfo};
use project_deployer_core::{BundleId, DeploymentId};

use super::groups::Viewers;
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
    /// The groups that may read it.
    pub(super) readers: Arc<Viewers>,
    /// What its deployments say of it, made when one is first asked for.
    info: OnceLock<ProjectInfo>,
}

/// A published project as the statuses of its deployments show it.
#[derive(Clone)]
pub(crate) struct ProjectInfo {
    pub(crate) basic: Arc<ProjectBasicInfo>,
    /// Its bundles without their release notes, which can be long: every deployment would repeat those of all
    /// bundles. The status of the project has them.
    pub(crate) packages: Arc<[Package]>,
    /// Whether a bundle has release notes.
    pub(crate) has_notes: bool,
}

/// A deployment, its latest update, and how many records of deployed projects list it as superseded.
#[derive(Clone, Default)]
pub(super) struct DeploymentEntry {
    pub(super) record: Option<Kept<DeploymentRecord>>,
    pub(super) latest: Option<Kept<LatestUpdate>>,
    pub(super) superseded: u32,
}

impl ProjectEntry {
    pub(super) fn set(
        &mut self,
        record: Option<Kept<PublishedProjectSettings>>,
        readers: Arc<Viewers>,
    ) {
        (self.record, self.readers, self.info) = (record, readers, OnceLock::new());
    }

    pub(super) fn change_bundles(
        &mut self,
        change: impl FnOnce(&mut Sorted<BundleId, Kept<BundleRecord>>),
    ) {
        change(&mut self.bundles);
        self.info = OnceLock::new();
    }

    /// The bundles that were not deleted, by the time when they were published.
    pub(super) fn published(&self) -> Vec<&PublishedBundle> {
        let bundles = self.bundles.iter();
        let mut bundles: Vec<_> =
            bundles.filter_map(|(_, kept)| kept.value.published.as_ref()).collect();
        bundles.sort_by_key(|bundle| bundle.published_on);
        bundles
    }

    pub(super) fn info(&self, project: &PublishedProjectSettings) -> &ProjectInfo {
        self.info.get_or_init(|| {
            let mut packages: Vec<_> = self.published().into_iter().map(Package::from).collect();
            let has_notes = packages.iter().any(|package| package.release_notes.is_some());
            packages.iter_mut().for_each(|package| package.release_notes = None);
            let basic = Arc::new(ProjectBasicInfo::from(project));
            ProjectInfo { basic, packages: packages.into(), has_notes }
        })
    }
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
