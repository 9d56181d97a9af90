use project_deployer_core::status::{
    DeploymentLightStatus, DeploymentSummary, InfraBasicInfo, Package, ProjectBasicInfo,
};

use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;

use crate::state::DeploymentRecord;

pub(super) fn light(
    record: &DeploymentRecord,
    infra: &InfraSettings,
    project: &PublishedProjectSettings,
    bundles: &[PublishedBundle],
) -> DeploymentLightStatus {
    let mut status = DeploymentLightStatus::new(
        record.summary(),
        InfraBasicInfo::from(infra),
        ProjectBasicInfo::from(project),
    );
    // Release notes can be long, and every deployment of a project would repeat those of all bundles:
    // the status of the project has them.
    let with_own_notes = |bundle| {
        let mut package = Package::from(bundle);
        if package.id != record.settings.bundle_id {
            package.release_notes = None;
        }
        package
    };
    status.packages = bundles.iter().map(with_own_notes).collect();
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
