//! Maintenance of infrastructures, stages and everything.

use axum::http::StatusCode;
use project_deployer::core::Timestamp;
use project_deployer::maintenance::{self, MaintenanceRequest, MaintenanceScope};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::request::{Answer, Body, Caller, Parameters};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(list, start, end))
}

/// A maintenance: new updates and deletions are refused there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Maintenance {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    scope: String,
    /// Why.
    reason: String,
    /// Who started it.
    owner: String,
    /// When it began, in milliseconds since 1970.
    since: i64,
    /// When it ends by itself, in milliseconds since 1970; none is until it is ended.
    until: Option<i64>,
    /// When it is too long, in milliseconds since 1970.
    alarm: Option<i64>,
    /// The maintenance in words.
    text: String,
}

impl From<maintenance::Maintenance> for Maintenance {
    fn from(found: maintenance::Maintenance) -> Self {
        Self {
            text: found.to_string(),
            scope: found.scope.to_string(),
            reason: found.reason,
            owner: found.owner.to_string(),
            since: found.since.as_millis(),
            until: found.until.map(Timestamp::as_millis),
            alarm: found.alarm.map(Timestamp::as_millis),
        }
    }
}

/// A maintenance that this version of the program cannot read. Updates that it is about are refused.
#[derive(Debug, Serialize, ToSchema)]
struct UnreadableMaintenance {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    scope: String,
    /// Why.
    reason: String,
    /// The same in words.
    text: String,
}

impl From<maintenance::UnreadableMaintenance> for UnreadableMaintenance {
    fn from(found: maintenance::UnreadableMaintenance) -> Self {
        Self { text: found.to_string(), scope: found.scope.to_string(), reason: found.reason }
    }
}

/// The maintenance that there is.
#[derive(Debug, Serialize, ToSchema)]
struct Maintenances {
    /// Each maintenance that can be read, the widest first.
    items: Vec<Maintenance>,
    /// What cannot be read, for those who may end it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<UnreadableMaintenance>,
}

/// A maintenance to start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewMaintenance {
    /// Why: whoever is refused reads it.
    reason: String,
    /// When it ends by itself, in milliseconds since 1970. Without it, it is until somebody ends it.
    until: Option<i64>,
    /// When it is too long, in milliseconds since 1970. Without it and without an end, after a day.
    alarm: Option<i64>,
}

/// Which maintenance.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ScopeQuery {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    scope: String,
}

/// List the maintenance that there is, where the caller sees the infrastructure.
#[utoipa::path(get, path = "/maintenance", operation_id = "listMaintenance", tag = "maintenance",
    responses((status = 200, body = Maintenances)))]
async fn list(caller: Caller) -> Answer<axum::Json<Maintenances>> {
    let items = caller.maintenances().await?.into_iter().map(Into::into).collect();
    let unreadable = caller.unreadable_maintenances().await?.into_iter().map(Into::into).collect();
    Ok(axum::Json(Maintenances { items, unreadable }))
}

/// Start a maintenance, or replace the one of the same scope. Updates that run go on; new ones are refused, and deletions
/// of deployments as well.
#[utoipa::path(put, path = "/maintenance", operation_id = "startMaintenance", tag = "maintenance",
    params(ScopeQuery), request_body = NewMaintenance, responses((status = 200, body = Maintenance)))]
async fn start(
    caller: Caller,
    Parameters(query): Parameters<ScopeQuery>,
    Body(new): Body<NewMaintenance>,
) -> Answer<axum::Json<Maintenance>> {
    let time = |millis: Option<i64>| millis.map(Timestamp::from_millis);
    let request = MaintenanceRequest::new(scope_of(&query.scope)?, new.reason);
    let request = request.with_until(time(new.until)).with_alarm(time(new.alarm));
    Ok(axum::Json(caller.start_maintenance(request).await?.into()))
}

/// End a maintenance.
#[utoipa::path(delete, path = "/maintenance", operation_id = "endMaintenance", tag = "maintenance",
    params(ScopeQuery), responses((status = 204)))]
async fn end(caller: Caller, Parameters(query): Parameters<ScopeQuery>) -> Answer<StatusCode> {
    caller.end_maintenance(&scope_of(&query.scope)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn scope_of(text: &str) -> Answer<MaintenanceScope> {
    text.parse().map_err(|error| {
        let fix = "write `everything`, `stage/ID` or `infrastructure/ID`";
        Problem::field("scope", format!("{error}"), fix)
    })
}
