use project_deployer_core::status::{
    DeploymentLightStatus, DeploymentSummary, InfraBasicInfo, Package, ProjectBasicInfo,
};

use super::Deployment;
use crate::state::{BundleList, DeploymentRecord, UpdateHistory};

pub(super) fn light(
    deployment: &Deployment,
    history: Option<&UpdateHistory>,
    list: Option<&BundleList>,
) -> DeploymentLightStatus {
    let bundles = list.map(|list| list.bundles.as_slice()).unwrap_or_default();
    let mut status = DeploymentLightStatus::new(
        deployment.record.value.summary(),
        InfraBasicInfo::from(&deployment.infra.value),
        ProjectBasicInfo::from(&deployment.project.value),
    );
    // Release notes can be long, and every deployment of a project would repeat those of all bundles:
    // the status of the project has them.
    let with_own_notes = |bundle| {
        let mut package = Package::from(bundle);
        if package.id != deployment.record.value.settings.bundle_id {
            package.release_notes = None;
        }
        package
    };
    status.packages = bundles.iter().map(with_own_notes).collect();
    status.never_ever_deployed = history.is_none_or(|history| history.updates.is_empty());
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
