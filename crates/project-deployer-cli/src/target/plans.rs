use project_deployer::client::Warnings;
use project_deployer::core::node::FutureState;
use project_deployer::core::{BundleId, DeploymentId};
use project_deployer::deployment_plan::DeploymentPlan;
use project_deployer_client::request::frontend;
use serde_json::Value;

use super::{Face, service};
use crate::failure::Failure;

/// What an update of one deployment would do.
#[derive(Debug)]
pub(crate) struct PlannedUpdate {
    pub(crate) document: Value,
    pub(crate) text: String,
    /// Whether a node would change, or something would make the update fail.
    pub(crate) needs_attention: bool,
}

/// Plans of updates. A Deployer of the product has no such call.
///
/// # Errors
///
/// The update could not start, or the Deployer has no such call.
impl Face {
    pub(crate) async fn plan_of(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
    ) -> Result<PlannedUpdate, Failure> {
        match self {
            Self::Engine(session) => PlannedUpdate::of(&session.plan_deployment(id, bundle).await?),
            Self::Remote(remote) => {
                let what = format!("plan an update of `{id}`");
                Ok(PlannedUpdate::read(
                    &service::call(remote, &frontend::plan(id, bundle), &what).await?,
                ))
            }
        }
    }

    pub(crate) async fn promotion_of(
        &self,
        id: &DeploymentId,
    ) -> Result<Vec<PlannedUpdate>, Failure> {
        match self {
            Self::Engine(session) => {
                session.plan_promotion(id).await?.iter().map(PlannedUpdate::of).collect()
            }
            Self::Remote(remote) => {
                let what = format!("plan a promotion of `{id}`");
                let answer = service::call(remote, &frontend::promotion(id), &what).await?;
                let plans = answer.get("plans").and_then(Value::as_array);
                Ok(plans.into_iter().flatten().map(PlannedUpdate::read).collect())
            }
        }
    }

    /// Starts the update of a plan, if it would still do what the plan says.
    pub(crate) async fn start_planned(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
        digest: &str,
    ) -> Result<FutureState, Failure> {
        match self {
            Self::Engine(session) => {
                Ok(session.update_as_planned(id, bundle, digest, Warnings::AsErrors).await?)
            }
            Self::Remote(remote) => {
                let what = format!("start the planned update of `{id}`");
                let call = frontend::start_planned(id, bundle, digest);
                service::start(remote, &call, &what).await
            }
        }
    }
}

impl PlannedUpdate {
    fn of(plan: &DeploymentPlan) -> Result<Self, Failure> {
        Ok(Self {
            document: serde_json::to_value(plan)?,
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
