use std::collections::BTreeMap;

use project_deployer_client::DeployerError;
use project_deployer_core::DeploymentId;
use project_deployer_core::rights::Operation;
use project_deployer_core::status::{
    DeploymentLightStatus, DeploymentSummary, InfraBasicInfo, Package, ProjectBasicInfo,
};

use super::{DeployerSession, Deployment};
use crate::state::{BundleList, DeploymentRecord, UpdateHistory};

impl DeployerSession {
    /// Reads every collection once, however many deployments there are (R23).
    pub(super) async fn light_statuses(&self) -> Result<Vec<DeploymentLightStatus>, DeployerError> {
        let caller = self.caller().await?;
        let deployments = self.visible_deployments(&caller).await?;
        let histories = self.repository().readable::<UpdateHistory>().await?;
        let histories: BTreeMap<_, _> = histories
            .into_iter()
            .map(|found| (found.value.deployment.clone(), found.value))
            .collect();
        let lists = self.repository().readable::<BundleList>().await?;
        let lists: BTreeMap<_, _> =
            lists.into_iter().map(|found| (found.value.project.clone(), found.value)).collect();
        let superseded = self.superseded_among(&deployments).await?;
        let status = |deployment: &Deployment| {
            let settings = &deployment.record.value.settings;
            let mut status = light(
                deployment,
                histories.get(&settings.id),
                lists.get(&settings.published_project_key),
            );
            status.superseded = superseded.contains(&settings.id);
            status
        };
        Ok(deployments.iter().map(status).collect())
    }

    pub(super) async fn light_status(
        &self,
        id: &DeploymentId,
    ) -> Result<DeploymentLightStatus, DeployerError> {
        let caller = self.caller().await?;
        let deployment = self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        let history = self.repository().find::<UpdateHistory>(id).await?;
        let key = &deployment.record.value.settings.published_project_key;
        let list = self.bundles_of(key).await?.value;
        let superseded = self.superseded(&caller, &deployment.record.value.settings).await?;
        let mut status = light(&deployment, history.map(|found| found.value).as_ref(), Some(&list));
        status.superseded = superseded.is_some();
        Ok(status)
    }
}

fn light(
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
    // Release notes can be long, and every deployment of a project would repeat them: the status of
    // the project has them.
    let without_notes = |bundle| {
        let mut package = Package::from(bundle);
        package.release_notes = None;
        package
    };
    status.packages = bundles.iter().map(without_notes).collect();
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
