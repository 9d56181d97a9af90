use std::fmt;

use async_trait::async_trait;
use project_deployer::DeployerSession;
use project_deployer::client::{RemoteDeployer, Warnings};
use project_deployer::core::node::FutureState;
use project_deployer::core::{BundleId, DeploymentId};
use project_deployer::deployment_plan::DeploymentPlan;
use project_deployer_client::request::frontend;
use serde_json::Value;

use super::service;
use crate::failure::Failure;

/// What an update of one deployment would do.
#[derive(Debug)]
pub(crate) struct PlannedUpdate {
    pub(crate) document: Value,
    pub(crate) text: String,
    /// Whether a node would change, or something would make the update fail.
    pub(crate) needs_attention: bool,
}

/// Plans of updates. A Deployer of the product has no such call. What reads nodes does not move between threads.
///
/// # Errors
///
/// The update could not start, or the Deployer has no such call.
#[async_trait(?Send)]
pub(crate) trait Plans: fmt::Debug + Send + Sync {
    async fn plan_of(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
    ) -> Result<PlannedUpdate, Failure>;
    async fn promotion_of(&self, id: &DeploymentId) -> Result<Vec<PlannedUpdate>, Failure>;
    /// Starts the update of a plan, if it would still do what the plan says.
    async fn start_planned(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
        digest: &str,
    ) -> Result<FutureState, Failure>;
}

#[async_trait(?Send)]
impl Plans for DeployerSession {
    async fn plan_of(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
    ) -> Result<PlannedUpdate, Failure> {
        PlannedUpdate::of(&self.plan_deployment(id, bundle).await?)
    }

    async fn promotion_of(&self, id: &DeploymentId) -> Result<Vec<PlannedUpdate>, Failure> {
        self.plan_promotion(id).await?.iter().map(PlannedUpdate::of).collect()
    }

    async fn start_planned(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
        digest: &str,
    ) -> Result<FutureState, Failure> {
        Ok(self.update_as_planned(id, bundle, digest, Warnings::AsErrors).await?)
    }
}

#[async_trait(?Send)]
impl Plans for RemoteDeployer {
    async fn plan_of(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
    ) -> Result<PlannedUpdate, Failure> {
        let what = format!("plan an update of `{id}`");
        Ok(PlannedUpdate::read(&service::call(self, &frontend::plan(id, bundle), &what).await?))
    }

    async fn promotion_of(&self, id: &DeploymentId) -> Result<Vec<PlannedUpdate>, Failure> {
        let what = format!("plan a promotion of `{id}`");
        let answer = service::call(self, &frontend::promotion(id), &what).await?;
        let plans = answer.get("plans").and_then(Value::as_array);
        Ok(plans.into_iter().flatten().map(PlannedUpdate::read).collect())
    }

    async fn start_planned(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
        digest: &str,
    ) -> Result<FutureState, Failure> {
        let what = format!("start exactly what a plan of `{id}` says");
        let call = frontend::start_planned(id, bundle, digest);
        let started = service::call(self, &call, &what).await?;
        let mut state = FutureState::default();
        state.job_id = Some(started.task);
        state.start_time = started.start;
        state.alive = true;
        Ok(state)
    }
}

impl PlannedUpdate {
    fn of(plan: &DeploymentPlan) -> Result<Self, Failure> {
        Ok(Self {
            document: serde_json::to_value(plan).map_err(Failure::failed)?,
            text: plan.to_string(),
            needs_attention: plan.differs() || plan.blockers().next().is_some(),
        })
    }

    /// Reads the answer of our service.
    fn read(answer: &Value) -> Self {
        let text = answer.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_clean = answer.get("differs").and_then(Value::as_bool) == Some(false)
            && answer.get("blockers").and_then(Value::as_u64) == Some(0);
        let document = answer.get("plan").cloned().unwrap_or_default();
        Self { document, text, needs_attention: !is_clean }
    }
}
