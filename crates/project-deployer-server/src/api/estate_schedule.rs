//! Files of the estate that are applied at a given time.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use project_deployer::core::Timestamp;
use project_deployer::estate::{EstateAccess, ScheduledEstate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::estate::EstateRequest;
use super::problem::Problem;
use super::reply::Accepted;
use super::request::{Answer, Body, Caller, Ids, json as written};
use super::schedule::time_of;
use super::tasks::{self, Reporter, Task};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(list, schedule)).routes(routes!(withdraw))
}

/// A file of the estate that is applied at a given time, or was.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ScheduledFile {
    /// Its id.
    id: String,
    /// Whose rights it is applied with.
    requester: String,
    /// When it was requested, in milliseconds since 1970.
    requested: i64,
    /// When it is applied, in milliseconds since 1970.
    at: i64,
    /// What it would change when it was requested, each as `change infrastructure prod`.
    changes: Vec<String>,
    /// `waiting`, `applied`, `refused` or `withdrawn` (nothing was written), or `stopped` (after some of its changes).
    state: &'static str,
    /// When it was applied, refused, withdrawn or stopped, in milliseconds since 1970; none while it waits.
    ended: Option<i64>,
    /// Why it was refused, withdrawn or stopped.
    reason: Option<String>,
    /// How many objects were created, changed or deleted, if it was applied.
    changed: Option<usize>,
    /// How many updates were started, if it was applied.
    updates: Option<usize>,
    /// How many of these updates did not succeed.
    failed_updates: Option<usize>,
}

impl From<ScheduledEstate> for ScheduledFile {
    fn from(file: ScheduledEstate) -> Self {
        let counts = file.counts();
        Self {
            state: file.state(),
            ended: file.ended().map(Timestamp::as_millis),
            reason: file.reason().map(str::to_owned),
            id: file.id,
            requester: file.requester.to_string(),
            requested: file.requested.as_millis(),
            at: file.at.as_millis(),
            changes: file.changes,
            changed: counts.map(|(changed, ..)| changed),
            updates: counts.map(|(_, updates, _)| updates),
            failed_updates: counts.map(|(.., failed)| failed),
        }
    }
}

/// The files of the estate that wait for their time, and for 30 days those that did.
#[derive(Debug, Serialize, ToSchema)]
struct ScheduledFiles {
    /// The files, the earliest first.
    items: Vec<ScheduledFile>,
}

/// A file of the estate, and when it is applied.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EstateScheduleRequest {
    /// The time, in milliseconds since 1970: at most a year from now.
    at: Option<i64>,
    /// When windows next allow the updates of the file: at once, if they do now.
    #[serde(default)]
    next_window: bool,
    /// The file, as `applyEstate` takes it. The secrets that it names are kept sealed until that time.
    estate: EstateRequest,
}

/// List the files of the estate that wait for their time, and for 30 days those that did.
#[utoipa::path(get, path = "/estate/scheduled", operation_id = "listScheduledEstates", tag = "estate",
    responses((status = 200, body = ScheduledFiles)))]
async fn list(caller: Caller) -> Answer<Json<ScheduledFiles>> {
    let all = caller.scheduled_estates().await?;
    Ok(Json(ScheduledFiles { items: all.into_iter().map(Into::into).collect() }))
}

/// Apply a file of the estate at a given time, if its plan is the same then. It is planned now, and refused if something
/// prevents the plan. The result of the task is a `ScheduledFile`.
#[utoipa::path(post, path = "/estate/scheduled", operation_id = "scheduleEstate", tag = "estate",
    request_body = EstateScheduleRequest, responses((status = 202, body = Task)))]
async fn schedule(
    State(context): State<ServiceContext>,
    caller: Caller,
    Body(request): Body<EstateScheduleRequest>,
) -> Answer<Accepted<Task>> {
    caller.session.may_edit_accounts().await?;
    let at = time_of(request.at, request.next_window)?;
    let accepted = request.estate.accept()?;
    let session = caller.session.clone();
    let work = move |reporter: Reporter| async move {
        let plan = accepted.plan(EstateAccess::Engine(&session), &reporter).await?;
        // That windows refuse updates now is no blocker of a later time.
        if let Some(first) = plan.lasting_blockers().next() {
            let what = format!(
                "the plan has a blocker: {} `{}`: {}",
                first.kind.noun(),
                first.id,
                first.what
            );
            return Err(Problem::new("not-possible", what).with_fix(first.hint.clone()));
        }
        let scheduled =
            session.schedule_estate(&accepted.estate, &plan, &accepted.secrets, at).await?;
        written(&ScheduledFile::from(scheduled))
    };
    Ok(tasks::start(&context, &caller, "estate-schedule", 2, work)?.accepted("../tasks"))
}

/// Withdraw a file of the estate that waits for its time. It is listed as withdrawn for 30 days.
#[utoipa::path(delete, path = "/estate/scheduled/{file}", operation_id = "withdrawEstate", tag = "estate",
    params(("file" = String, Path, description = "The id of the scheduled file")),
    responses((status = 204)))]
async fn withdraw(caller: Caller, ids: Ids) -> Answer<StatusCode> {
    caller.unschedule_estate(ids.text("file")).await?;
    Ok(StatusCode::NO_CONTENT)
}
