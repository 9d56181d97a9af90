//! What an update would do, before anything is done.

use axum::Json;
use axum::extract::State;
use project_deployer::core::Timestamp;
use project_deployer::deployment_plan::{self, DeploymentPlan};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::deployments::id_in;
use super::problem::Problem;
use super::request::{Answer, Caller, Ids, Parameters, optional_id};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(promotion))
}

/// What an update of one deployment would do on its nodes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UpdatePlan {
    /// Whether it would change a node, or a node does not say.
    differs: bool,
    /// How many findings would make it fail.
    blockers: usize,
    /// Why windows would refuse it now; none if they allow it. Such a plan may be started when they do.
    outside_window: Option<OutsideWindow>,
    /// The plan as a text.
    text: String,
    /// The plan with its nodes: fields that change, steps, dropped users and groups, findings.
    #[schema(value_type = Object)]
    plan: Value,
}

/// Windows would refuse an update now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OutsideWindow {
    /// Where the window is: `everything`, `stage/ID` or `infrastructure/ID`; none if the caller does not see it, or if
    /// windows cannot be read.
    scope: Option<String>,
    /// The name of the window there.
    window: Option<String>,
    /// Why, in words.
    reason: String,
    /// When updates may start, in milliseconds since 1970; none if no such time was found within a year, or if windows cannot
    /// be read.
    opens: Option<i64>,
}

impl From<&deployment_plan::OutsideWindow> for OutsideWindow {
    fn from(found: &deployment_plan::OutsideWindow) -> Self {
        Self {
            scope: found.scope.as_ref().map(ToString::to_string),
            window: found.window.as_ref().map(ToString::to_string),
            reason: found.reason.clone(),
            opens: found.opens.map(Timestamp::as_millis),
        }
    }
}

/// The plans of a promotion.
#[derive(Debug, Serialize, ToSchema)]
struct PromotionPlan {
    /// One for each deployment in the next stage.
    plans: Vec<UpdatePlan>,
}

/// The update to plan.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PlanQuery {
    /// Another bundle than that of the settings.
    bundle: Option<String>,
}

impl UpdatePlan {
    fn of(plan: &DeploymentPlan) -> Answer<Self> {
        let document = serde_json::to_value(plan);
        let document = document.map_err(|error| Problem::new("internal", error.to_string()))?;
        Ok(Self {
            differs: plan.differs(),
            blockers: plan.blockers().count(),
            outside_window: plan.outside_window.as_ref().map(Into::into),
            text: plan.to_string(),
            plan: document,
        })
    }
}

/// Plan an update: what would change on each node, and what would make it fail. Nothing is changed.
#[utoipa::path(get, path = "/deployments/{deployment}/plan", operation_id = "planDeployment", tag = "deployments",
    params(("deployment" = String, Path, description = "The id of the deployment"), PlanQuery),
    responses((status = 200, body = UpdatePlan)))]
async fn one(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
    Parameters(query): Parameters<PlanQuery>,
) -> Answer<Json<UpdatePlan>> {
    let bundle = optional_id("bundle", query.bundle.as_deref())?;
    let id = id_in(&ids)?;
    let plan = caller.apart(&context, move |session| async move {
        UpdatePlan::of(&session.plan_deployment(&id, bundle.as_ref()).await?)
    });
    Ok(Json(plan.await?))
}

/// Plan a promotion: the bundle of a deployment, on the deployments of its project in the next stage.
#[utoipa::path(get, path = "/deployments/{deployment}/promotion", operation_id = "planPromotion",
    tag = "deployments",
    params(("deployment" = String, Path, description = "The id of the deployment that has the bundle")),
    responses((status = 200, body = PromotionPlan)))]
async fn promotion(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
) -> Answer<Json<PromotionPlan>> {
    let id = id_in(&ids)?;
    let plans = caller.apart(&context, move |session| async move {
        session.plan_promotion(&id).await?.iter().map(UpdatePlan::of).collect::<Answer<_>>()
    });
    Ok(Json(PromotionPlan { plans: plans.await? }))
}
