//! Updates at a given time.

use axum::Json;
use axum::http::StatusCode;
use project_deployer::core::Timestamp;
use project_deployer::schedule::{ScheduleOutcome, ScheduleTime, ScheduledUpdate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::deployments::id_in;
use super::problem::Problem;
use super::request::{Answer, Body, Caller, Ids};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(schedule, withdraw))
}

/// An update that starts at a given time, or did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Scheduled {
    /// The deployment.
    deployment: String,
    /// The bundle that its settings named when the update was requested.
    bundle: String,
    /// Whose rights it starts with.
    requester: String,
    /// When it was requested, in milliseconds since 1970.
    requested: i64,
    /// When it starts, in milliseconds since 1970.
    at: i64,
    /// `waiting`, `started` or `refused`.
    state: &'static str,
    /// The start of the update, which identifies it; none unless it has started.
    start: Option<i64>,
    /// Why it was refused.
    reason: Option<String>,
}

impl From<ScheduledUpdate> for Scheduled {
    fn from(update: ScheduledUpdate) -> Self {
        let (state, start, reason) = match update.outcome {
            None => ("waiting", None, None),
            Some(ScheduleOutcome::Started { start }) => ("started", Some(start.as_millis()), None),
            Some(ScheduleOutcome::Refused { reason, .. }) => ("refused", None, Some(reason)),
            Some(_) => ("unknown", None, None),
        };
        Self {
            deployment: update.deployment.to_string(),
            bundle: update.bundle.to_string(),
            requester: update.requester.to_string(),
            requested: update.requested.as_millis(),
            at: update.at.as_millis(),
            state,
            start,
            reason,
        }
    }
}

/// The updates that wait for their time, and for 30 days those that did.
#[derive(Debug, Serialize, ToSchema)]
struct ScheduledUpdates {
    /// One for a deployment, at most.
    items: Vec<Scheduled>,
}

/// When an update starts: at a time, or in the next window.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ScheduleRequest {
    /// The time, in milliseconds since 1970.
    at: Option<i64>,
    /// When windows next allow updates: at once, if they do now.
    #[serde(default)]
    next_window: bool,
}

/// When a request has something done.
pub(super) fn time_of(at: Option<i64>, next_window: bool) -> Answer<ScheduleTime> {
    match (at, next_window) {
        (Some(at), false) => Ok(ScheduleTime::At(Timestamp::from_millis(at))),
        (None, true) => Ok(ScheduleTime::NextWindow),
        _ => Err(Problem::field(
            "at",
            "it is done at a time or in the next window, and the request names both or none",
            "send either `at` or `nextWindow`",
        )),
    }
}

/// List the updates that wait for their time, and for 30 days those that did.
#[utoipa::path(get, path = "/scheduled-updates", operation_id = "listScheduledUpdates", tag = "updates",
    responses((status = 200, body = ScheduledUpdates)))]
async fn list(caller: Caller) -> Answer<Json<ScheduledUpdates>> {
    let all = caller.scheduled_updates().await?;
    Ok(Json(ScheduledUpdates { items: all.into_iter().map(Into::into).collect() }))
}

/// Start an update at a given time or in the next window, if it would still do the same then. A deployment has one such update at most.
#[utoipa::path(put, path = "/deployments/{deployment}/schedule", operation_id = "scheduleUpdate", tag = "updates",
    params(("deployment" = String, Path, description = "The id of the deployment")),
    request_body = ScheduleRequest, responses((status = 200, body = Scheduled)))]
async fn schedule(
    caller: Caller,
    ids: Ids,
    Body(request): Body<ScheduleRequest>,
) -> Answer<Json<Scheduled>> {
    Ok(Json(
        caller
            .schedule_update(&id_in(&ids)?, time_of(request.at, request.next_window)?)
            .await?
            .into(),
    ))
}

/// Withdraw an update that waits for its time.
#[utoipa::path(delete, path = "/deployments/{deployment}/schedule", operation_id = "withdrawUpdate", tag = "updates",
    params(("deployment" = String, Path, description = "The id of the deployment")),
    responses((status = 204)))]
async fn withdraw(caller: Caller, ids: Ids) -> Answer<StatusCode> {
    caller.unschedule_update(&id_in(&ids)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
