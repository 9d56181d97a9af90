//! Windows in which updates of infrastructures, stages and everything may start, or may not.

use axum::Json;
use axum::http::StatusCode;
use project_deployer::core::{Timestamp, WindowName};
use project_deployer::maintenance::MaintenanceScope;
use project_deployer::windows::{self, InfraWindows, Recurrence, WindowEffect, WindowRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::infrastructures::id_in;
use super::maintenance::scope_of;
use super::problem::Problem;
use super::request::{Answer, Body, Caller, Ids, Parameters};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(list, add, remove)).routes(routes!(of_infrastructure))
}

/// A window.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Window {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    scope: String,
    /// Its name there.
    name: String,
    /// `allow` or `deny`.
    effect: &'static str,
    /// When it opens, as a cron expression.
    cron: String,
    /// How long it is open, in minutes.
    minutes: u32,
    /// The time zone of the expression, a name of the IANA database.
    zone: String,
    /// Why.
    reason: String,
    /// Who added it.
    owner: String,
    /// When it was added, in milliseconds since 1970.
    since: i64,
    /// The window in words.
    text: String,
}

impl Window {
    fn of(scope: &MaintenanceScope, window: windows::Window) -> Self {
        Self {
            text: window.to_string(),
            scope: scope.to_string(),
            name: window.name.to_string(),
            effect: window.effect.as_str(),
            cron: window.recurrence.cron().to_owned(),
            minutes: window.recurrence.minutes(),
            zone: window.recurrence.zone().to_owned(),
            reason: window.reason,
            owner: window.owner.to_string(),
            since: window.since.as_millis(),
        }
    }

    fn all(sets: Vec<windows::WindowSet>) -> Vec<Self> {
        let of_set = |set: windows::WindowSet| {
            let scope = set.scope;
            let windows = set.windows.into_iter().map(move |window| Self::of(&scope, window));
            windows.collect::<Vec<_>>()
        };
        sets.into_iter().flat_map(of_set).collect()
    }
}

/// Windows that this version of the program cannot read. Updates that they are about are refused.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UnreadableWindows {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    scope: String,
    /// The names of those that cannot be read. Empty if that is not known: then all of the scope have to be removed. Empty as
    /// well for those who may not remove them.
    names: Vec<String>,
    /// Why.
    reason: String,
    /// The same in words.
    text: String,
}

impl From<windows::UnreadableWindows> for UnreadableWindows {
    fn from(found: windows::UnreadableWindows) -> Self {
        Self {
            text: found.to_string(),
            scope: found.scope.to_string(),
            names: found.names.iter().map(ToString::to_string).collect(),
            reason: found.reason,
        }
    }
}

/// The windows that there are.
#[derive(Debug, Serialize, ToSchema)]
struct Windows {
    /// Each window that can be read, those of the widest scope first.
    items: Vec<Window>,
    /// Those that cannot be read, for those who may remove them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<UnreadableWindows>,
}

/// The windows about an infrastructure.
#[derive(Debug, Serialize, ToSchema)]
struct InfrastructureWindows {
    /// Each window, also those of its stage and of everything, which are first.
    items: Vec<Window>,
    /// Those that cannot be read. As long as there are some, updates may not start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<UnreadableWindows>,
    /// Whether updates may start now.
    allowed: bool,
    /// Why they may not; none if they may.
    reason: Option<String>,
    /// When they may start, in milliseconds since 1970: now, if they may; none if no such time was found within a year, or if
    /// some windows cannot be read.
    opens: Option<i64>,
}

impl From<InfraWindows> for InfrastructureWindows {
    fn from(found: InfraWindows) -> Self {
        let reason = found.why_refused();
        Self {
            items: Window::all(found.sets),
            unreadable: found.unreadable.into_iter().map(Into::into).collect(),
            allowed: reason.is_none(),
            reason,
            opens: found.opens.map(Timestamp::as_millis),
        }
    }
}

/// Whether updates may start within a window.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Effect {
    /// They may. Where there is such a window, they may only within one.
    Allow,
    /// They may not, whatever allows them.
    Deny,
}

/// A window to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewWindow {
    /// Whether updates may start within it.
    effect: Effect,
    /// When it opens: minute, hour, day of the month, month and day of the week, such as `0 22 * * MON-FRI`.
    cron: String,
    /// How long it is open, in minutes.
    minutes: u32,
    /// The time zone of the expression, a name of the IANA database.
    zone: String,
    /// Why: whoever is refused reads it.
    reason: String,
}

/// Which window.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WindowQuery {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    scope: String,
    /// Its name there.
    name: String,
}

impl WindowQuery {
    fn read(&self) -> Answer<(MaintenanceScope, WindowName)> {
        let name = self.name.parse().map_err(|error| Problem::identifier("name", &error))?;
        Ok((scope_of(&self.scope)?, name))
    }
}

/// Which windows to remove. Unknown words are refused, so that a parameter which is spelled wrong removes nothing.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RemovedQuery {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    scope: String,
    /// Its name there. One of `name` and `all=true` is needed.
    name: Option<String>,
    /// Whether all windows of the scope are removed, also those that cannot be read.
    #[serde(default)]
    all: bool,
}

/// List the windows that there are, where the caller sees the infrastructure.
#[utoipa::path(get, path = "/windows", operation_id = "listWindows", tag = "windows",
    responses((status = 200, body = Windows)))]
async fn list(caller: Caller) -> Answer<Json<Windows>> {
    let items = Window::all(caller.windows().await?);
    let unreadable = caller.unreadable_windows().await?.into_iter().map(Into::into).collect();
    Ok(Json(Windows { items, unreadable }))
}

/// List the windows about an infrastructure, and whether updates may start now.
#[utoipa::path(get, path = "/infrastructures/{infrastructure}/windows", operation_id = "listInfrastructureWindows",
    tag = "windows",
    params(("infrastructure" = String, Path, description = "The id of the infrastructure")),
    responses((status = 200, body = InfrastructureWindows)))]
async fn of_infrastructure(caller: Caller, ids: Ids) -> Answer<Json<InfrastructureWindows>> {
    Ok(Json(caller.infra_windows(&id_in(&ids)?).await?.into()))
}

/// Add a window, or replace the one of the same scope and name. Updates that run go on.
#[utoipa::path(put, path = "/windows", operation_id = "addWindow", tag = "windows",
    params(WindowQuery), request_body = NewWindow, responses((status = 200, body = Window)))]
async fn add(
    caller: Caller,
    Parameters(query): Parameters<WindowQuery>,
    Body(new): Body<NewWindow>,
) -> Answer<Json<Window>> {
    let (scope, name) = query.read()?;
    let recurrence = Recurrence::new(&new.cron, new.minutes, &new.zone);
    let recurrence =
        recurrence.map_err(|error| Problem::field(error.field(), error.what(), error.fix()))?;
    let effect = match new.effect {
        Effect::Allow => WindowEffect::Allow,
        Effect::Deny => WindowEffect::Deny,
    };
    let request = WindowRequest::new(scope.clone(), name, recurrence, new.reason);
    let added = caller.add_window(request.with_effect(effect)).await?;
    Ok(Json(Window::of(&scope, added)))
}

/// Remove a window, or all of a scope.
#[utoipa::path(delete, path = "/windows", operation_id = "removeWindow", tag = "windows",
    params(RemovedQuery), responses((status = 204)))]
async fn remove(caller: Caller, Parameters(query): Parameters<RemovedQuery>) -> Answer<StatusCode> {
    match (query.name, query.all) {
        (Some(name), false) => {
            let (scope, name) = WindowQuery { scope: query.scope, name }.read()?;
            caller.remove_window(&scope, &name).await?;
        }
        (None, true) => caller.remove_windows(&scope_of(&query.scope)?).await?,
        (Some(_), true) => {
            let what = "it removes all windows, and `name` one of them";
            return Err(Problem::field("all", what, "leave out one of them"));
        }
        (None, false) => {
            let fix = "write the name of the window, or `all=true` to remove all of the scope";
            return Err(Problem::field("name", "it is missing", fix));
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
