use std::str::FromStr as _;

use axum::Json;
use axum::extract::State;
use project_deployer::HookTrial;
use project_deployer::core::infra::HookPhase;
use project_deployer::hooks::QueuedHook;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::infrastructures::id_in;
use super::problem::Problem;
use super::request::{Answer, Body, Caller, Ids};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(queue)).routes(routes!(try_hook))
}

/// The hooks that run or wait.
#[derive(Debug, Serialize, ToSchema)]
struct HookQueue {
    /// Those that run, then those that wait, in order.
    items: Vec<HookInQueue>,
}

/// A hook that runs, or waits for others.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HookInQueue {
    /// Its infrastructure.
    infrastructure: String,
    /// The deployment that is updated; none for a trial.
    deployment: Option<String>,
    /// `pre`, `post` or `on-failure`.
    phase: String,
    /// Its name.
    hook: String,
    /// Since when it runs or waits, in milliseconds since 1970.
    since: i64,
    /// Whether it runs.
    running: bool,
}

impl From<QueuedHook> for HookInQueue {
    fn from(hook: QueuedHook) -> Self {
        Self {
            infrastructure: hook.infra.to_string(),
            deployment: hook.deployment.map(|id| id.to_string()),
            phase: hook.phase.to_string(),
            hook: hook.name,
            since: hook.since.as_millis(),
            running: hook.is_running,
        }
    }
}

/// Which hook to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HookToTry {
    /// `pre`, `post` or `on-failure`.
    phase: String,
    /// Its name.
    hook: String,
}

/// What came of a hook that was tried.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TriedHook {
    /// The key that it got.
    key: String,
    /// `SUCCESS`, `WARNING` or `ERROR`.
    status: &'static str,
    /// Its message, or why it failed.
    message: String,
    /// How long it took, in milliseconds.
    took: u64,
}

impl From<HookTrial> for TriedHook {
    fn from(trial: HookTrial) -> Self {
        Self {
            key: trial.key,
            status: trial.outcome.status.as_str(),
            message: trial.outcome.message,
            took: u64::try_from(trial.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// List the hooks that this process runs, and those that wait, of infrastructures that the caller administers.
#[utoipa::path(get, path = "/hook-queue", operation_id = "listHookQueue", tag = "infrastructures",
    responses((status = 200, body = HookQueue)))]
async fn queue(caller: Caller) -> Answer<Json<HookQueue>> {
    let items = caller.hook_queue().await?.into_iter().map(Into::into).collect();
    Ok(Json(HookQueue { items }))
}

/// Try a hook of an infrastructure without an update. A hook that fails is no error of this call: see its status.
#[utoipa::path(post, path = "/infrastructures/{infrastructure}/hook-trials", operation_id = "tryHook",
    tag = "infrastructures",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    request_body = HookToTry, responses((status = 200, body = TriedHook)))]
async fn try_hook(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
    Body(wanted): Body<HookToTry>,
) -> Answer<Json<TriedHook>> {
    let id = id_in(&ids)?;
    let phase = HookPhase::from_str(&wanted.phase)
        .map_err(|error| Problem::field("phase", error.to_string(), "correct the word"))?;
    let tried = caller.apart(&context, move |session| async move {
        Ok(session.try_hook(&id, phase, &wanted.hook).await?)
    });
    Ok(Json(tried.await?.into()))
}
