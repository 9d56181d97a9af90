//! Updates to another bundle: the settings change with the start, or not at all.

use project_deployer_client::{DeployerError, ResourceRef, Warnings};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::node::FutureState;
use project_deployer_core::rights::Operation;
use project_deployer_core::{BundleId, DeploymentId};

use super::update_start::{Changed, WithStart, hooks_of, plan};
use super::{DeployerSession, Deployment, View};
use crate::audit::Action;
use crate::governance::heed;
use crate::life::caught;
use crate::runner::NodeSessions;
use crate::state::{DeploymentRecord, Record as _};

impl DeployerSession {
    /// Starts an update of a deployment to a bundle, which its settings have from then on. With an earlier bundle it is a
    /// rollback. If the start is refused, the settings stay as they are.
    ///
    /// # Errors
    ///
    /// The deployment or the bundle does not exist for the caller, the caller may not change or update the deployment,
    /// a policy warns of the bundle and warnings are not ignored, or an update is running.
    pub async fn update_to(
        &self,
        id: &DeploymentId,
        bundle: &BundleId,
        warnings: Warnings,
    ) -> Result<FutureState, DeployerError> {
        let work = async {
            let view = self.view().await?;
            let found = view.deployment_for(Operation::UpdateDeployment, id)?;
            self.as_expected(&found.record)?;
            self.launch_to(&view, found, bundle, warnings).await
        };
        self.attempt(Action::Update, ResourceRef::new(DeploymentRecord::NOUN, id), work).await
    }

    /// Starts an update to a bundle, which the settings get with the start if they have another one.
    pub(super) async fn launch_to(
        &self,
        view: &View,
        found: Deployment,
        bundle: &BundleId,
        warnings: Warnings,
    ) -> Result<FutureState, DeployerError> {
        if found.record.value.settings.bundle_id == *bundle {
            return self.launch(view, found, WithStart::default()).await;
        }
        let changed = view.with_bundle(&found, bundle, warnings)?;
        let with = WithStart { changed: Some(changed), ..WithStart::default() };
        self.launch(view, found, with).await
    }

    /// Starts an update, with what changes with it.
    pub(super) async fn launch(
        &self,
        view: &View,
        deployment: Deployment,
        with: WithStart,
    ) -> Result<FutureState, DeployerError> {
        let changed = with.changed.as_ref();
        let settings = match changed {
            Some(changed) => &changed.record.settings,
            None => &deployment.record.value.settings,
        };
        let claims = changed.is_some_and(|changed| changed.claimed_from.is_some());
        if let Some(superseded) = view.superseded(settings)?.filter(|_| !claims) {
            return Err(superseded.refusal(&settings.id));
        }
        view.not_in_maintenance(&deployment.infra.value, self.deployer.now())?;
        view.not_in_quarantine(&deployment.infra.value.id)?;
        let glass = self.within_windows(view, &deployment.infra.value)?;
        let bundle = view.bundle_of(&settings.published_project_key, &settings.bundle_id)?;
        let mut plan = plan(settings, &deployment.infra.value, &bundle, view.login.clone())?;
        let connector = &*self.deployer.inner.update_connector;
        let infra = self.with_keys(view, Operation::UpdateDeployment, &deployment).await?;
        plan.hooks = hooks_of(&self.deployer.inner.hooks, &infra, view)?;
        plan.break_glass = glass.as_ref().map(|glass| glass.reason.clone());
        let nodes = NodeSessions::of(&plan, &infra, connector)?;
        // In a task of its own: a cancelled call must not leave a lease, or an update that does not
        // run.
        let member = self.deployer.inner.life.begin()?;
        let this = self.clone();
        let with = WithStart { glass, ..with };
        let begun = tokio::spawn(async move {
            let begun = this.begin(&deployment, &with, &bundle, plan, nodes, member);
            caught(begun)
                .await
                .unwrap_or_else(|error| Err(DeployerError::state("an update", error)))
        });
        begun.await.unwrap_or_else(|error| Err(DeployerError::state("an update", error)))
    }
}

impl View {
    /// The settings of a deployment with another bundle, if the caller may save them.
    fn with_bundle(
        &self,
        found: &Deployment,
        bundle: &BundleId,
        warnings: Warnings,
    ) -> Result<Changed, DeployerError> {
        let old: &DeploymentRecord = &found.record.value;
        self.deployment_for(Operation::EditDeployment, &old.settings.id)?;
        let mut settings: DeploymentSettings = old.settings.clone();
        settings.bundle_id = bundle.clone();
        let wanted = self.bundle_of(&settings.published_project_key, bundle)?;
        heed(&found.infra.value, &wanted.published, warnings)?;
        let claimed_from = match warnings {
            Warnings::AsErrors => None,
            Warnings::Ignore => self.claimed_from(&settings)?,
        };
        let record = DeploymentRecord {
            settings,
            created_by: old.created_by.clone(),
            modified_by: self.login.clone(),
            uid: old.uid.clone(),
        };
        Ok(Changed { record, claimed_from })
    }
}
