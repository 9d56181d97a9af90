use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::status::{
    DeploymentLightStatus, DeploymentSummary, InfraBasicInfo, Package, ProjectBasicInfo,
};

use crate::read_model::Visible;
use crate::state::DeploymentRecord;

/// The bundles of a project as the statuses of its deployments list them.
///
/// Release notes can be long, and every deployment of a project would repeat those of all bundles: the status
/// of the project has them, and a deployment has those of its own bundle.
pub(super) struct PackagesOf<'a> {
    bundles: Vec<&'a PublishedBundle>,
    without_notes: Vec<Package>,
}

impl<'a> PackagesOf<'a> {
    pub(super) fn new(bundles: Vec<&'a PublishedBundle>) -> Self {
        let without_notes = |bundle: &&PublishedBundle| {
            let mut package = Package::from(*bundle);
            package.release_notes = None;
            package
        };
        Self { without_notes: bundles.iter().map(without_notes).collect(), bundles }
    }
}

pub(super) fn light(found: &Visible<'_>, packages: &PackagesOf<'_>) -> DeploymentLightStatus {
    let mut status = DeploymentLightStatus::new(
        found.record.summary(),
        InfraBasicInfo::from(found.infra),
        ProjectBasicInfo::from(found.project),
    );
    status.packages = packages.without_notes.clone();
    let own = &found.record.settings.bundle_id;
    let pairs = status.packages.iter_mut().zip(&packages.bundles);
    for (package, bundle) in pairs.filter(|(package, _)| package.id == *own) {
        package.release_notes.clone_from(&bundle.contents.release_notes);
    }
    status.never_ever_deployed = found.latest.is_none();
    status.superseded = found.superseded;
    status
}

impl DeploymentRecord {
    pub(super) fn summary(&self) -> DeploymentSummary {
        let settings = &self.settings;
        let mut summary = DeploymentSummary::new(
            settings.id.clone(),
            settings.infra_id.clone(),
            settings.published_project_key.clone(),
            settings.bundle_id.clone(),
        );
        summary.tags = settings.tags.clone();
        summary.created_by_display_name = self.created_by.to_string();
        summary.last_modified_by_display_name = self.modified_by.to_string();
        summary.deployed_project_key = Some(settings.deployed_project_key.clone());
        summary
    }
}
