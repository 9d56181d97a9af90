use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use project_deployer::core::Timestamp;
use project_deployer::history::{HistoryEntry, HistoryFilter, HistoryId, NodeAfter, NodeResult};
use project_deployer::{UpdateOperations as _, Warnings};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::deployments::{id_in, start_in};
use super::page::{Page, PageQuery, cursor};
use super::reply::Accepted;
use super::request::{Answer, Body, Caller, Ids, Parameters, optional_id, word};
use super::steps::{self, UpdateDetails};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new()
        .routes(routes!(history))
        .routes(routes!(list, start))
        .routes(routes!(one, abort))
        .routes(routes!(log))
}

/// An update of a deployment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Update {
    /// The deployment.
    deployment: String,
    /// Whether this very deployment still exists.
    deployment_exists: bool,
    /// When it began, in milliseconds since 1970. With the deployment it identifies the update.
    start: i64,
    /// When it ended; none while it runs.
    end: Option<i64>,
    /// `RUNNING`, `SUCCESS`, `WARNING`, `FAILED` or `ABORTED`.
    status: String,
    /// Who asked for it.
    requester: Option<String>,
    /// The login that changed the nodes.
    acting: Option<String>,
    /// The bundle.
    bundle: Option<String>,
    /// The bundle of the last update before it that succeeded.
    previous_bundle: Option<String>,
    /// The infrastructure.
    infrastructure: Option<String>,
    /// The published project.
    project: Option<String>,
    /// What is known of the nodes after it.
    nodes: Vec<UpdatedNode>,
}

/// A node after an update.
#[derive(Debug, Serialize, ToSchema)]
struct UpdatedNode {
    /// The name of the node.
    node: String,
    /// The bundle that was active before.
    before: Option<String>,
    /// The bundle that is active now, if that is known.
    after: Option<String>,
    /// `not-reached`, `known` or `unknown`.
    state: &'static str,
}

impl From<NodeResult> for UpdatedNode {
    fn from(node: NodeResult) -> Self {
        let (state, after) = match node.after {
            NodeAfter::NotReached => ("not-reached", None),
            NodeAfter::Known { active, .. } => ("known", active),
            _ => ("unknown", None),
        };
        let (before, after) =
            (node.before.map(|id| id.to_string()), after.map(|id| id.to_string()));
        Self { node: node.node, before, after, state }
    }
}

impl From<HistoryEntry> for Update {
    fn from(entry: HistoryEntry) -> Self {
        Self {
            deployment: entry.deployment.to_string(),
            deployment_exists: entry.deployment_exists,
            start: entry.start.as_millis(),
            end: Some(entry.end.as_millis()),
            status: word(&entry.status),
            requester: entry.requester.map(|login| login.to_string()),
            acting: entry.acting.map(|login| login.to_string()),
            bundle: entry.bundle.map(|id| id.to_string()),
            previous_bundle: entry.previous_bundle.map(|id| id.to_string()),
            infrastructure: entry.infra.map(|id| id.to_string()),
            project: entry.project.map(|key| key.to_string()),
            nodes: entry.nodes.into_iter().map(Into::into).collect(),
        }
    }
}

/// Which updates to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// Only of deployments of this id.
    deployment: Option<String>,
    /// Only on this infrastructure.
    infrastructure: Option<String>,
    /// Only of this published project.
    project: Option<String>,
    /// Only with this outcome, such as `FAILED`.
    status: Option<String>,
    /// Only those that began at this time or later, in milliseconds since 1970.
    from: Option<i64>,
    /// Only those that began before this time.
    until: Option<i64>,
}

impl HistoryQuery {
    fn filter(&self) -> Answer<HistoryFilter> {
        let status = self.status.as_deref().filter(|status| !status.is_empty());
        Ok(HistoryFilter::default()
            .with_deployment(optional_id("deployment", self.deployment.as_deref())?)
            .with_infra(optional_id("infrastructure", self.infrastructure.as_deref())?)
            .with_project(optional_id("project", self.project.as_deref())?)
            .with_status(status.map(|status| status.to_owned().into()))
            .with_from(self.from.map(Timestamp::from_millis))
            .with_until(self.until.map(Timestamp::from_millis)))
    }
}

/// List the updates that have ended, the latest first, also of deployments that were deleted.
#[utoipa::path(get, path = "/updates", operation_id = "listHistory", tag = "updates",
    params(HistoryQuery, PageQuery), responses((status = 200, body = Page<Update>)))]
async fn history(
    caller: Caller,
    Parameters(query): Parameters<HistoryQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> Answer<Json<Page<Update>>> {
    Ok(Json(ended(&caller, &query.filter()?, &page).await?))
}

async fn ended(caller: &Caller, filter: &HistoryFilter, page: &PageQuery) -> Answer<Page<Update>> {
    let after = page.after::<1>("updates")?.map(|[id]| HistoryId::new(id));
    let found = caller.session.history(filter, after.as_ref(), page.limit()?).await?;
    let next = found.next.map(|id| cursor("updates", &[id.as_str()]));
    Ok(Page { items: found.entries.into_iter().map(Into::into).collect(), next })
}

/// List the updates of a deployment, the latest first. The first page begins with the one that runs.
#[utoipa::path(get, path = "/deployments/{deployment}/updates", operation_id = "listUpdates", tag = "updates",
    params(("deployment" = String, Path, description = "The id of the deployment"), PageQuery),
    responses((status = 200, body = Page<Update>)))]
async fn list(
    caller: Caller,
    ids: Ids,
    Parameters(page): Parameters<PageQuery>,
) -> Answer<Json<Page<Update>>> {
    let id = id_in(&ids)?;
    let deployment = caller.listed_deployment(&id).await?;
    let filter = HistoryFilter::default().with_deployment(Some(id));
    let mut found = ended(&caller, &filter, &page).await?;
    found.items.retain(|update| update.deployment_exists);
    let running = deployment.last_update.filter(|update| update.end.is_none());
    if let (Some(update), None) = (running, page.after::<1>("updates")?) {
        found.items.insert(
            0,
            Update {
                deployment: deployment.id.to_string(),
                deployment_exists: true,
                start: update.start.as_millis(),
                end: None,
                status: word(&update.status),
                requester: Some(update.requester.to_string()),
                acting: None,
                bundle: Some(update.bundle.to_string()),
                previous_bundle: None,
                infrastructure: Some(deployment.infra.to_string()),
                project: Some(deployment.project.to_string()),
                nodes: Vec::new(),
            },
        );
    }
    Ok(Json(found))
}

/// What to update to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateRequest {
    /// Another bundle, which the settings of the deployment get with the start. An earlier one rolls back.
    bundle: Option<String>,
    /// Whether to go on in spite of warnings.
    #[serde(default)]
    ignore_warnings: bool,
    /// The digest of a plan: the update starts only if it would still do exactly that.
    plan: Option<String>,
    /// Why it starts outside windows as well, which only an administrator of the infrastructure may order. The reason is in the
    /// audit.
    break_glass: Option<String>,
}

/// An update that was started.
#[derive(Debug, Serialize, ToSchema)]
struct StartedUpdate {
    /// The deployment.
    deployment: String,
    /// When it began, in milliseconds since 1970. With the deployment it identifies the update.
    start: i64,
    /// The id of its task.
    task: String,
}

/// Start an update: send the deployment to its nodes. With an earlier bundle it is a rollback.
#[utoipa::path(post, path = "/deployments/{deployment}/updates", operation_id = "startUpdate", tag = "updates",
    params(("deployment" = String, Path, description = "The id of the deployment")),
    request_body = UpdateRequest, responses((status = 202, body = StartedUpdate)))]
async fn start(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
    Body(request): Body<UpdateRequest>,
) -> Answer<Accepted<StartedUpdate>> {
    let deployment = id_in(&ids)?;
    let bundle = optional_id("bundle", request.bundle.as_deref())?;
    let warnings = if request.ignore_warnings { Warnings::Ignore } else { Warnings::AsErrors };
    let session = match request.break_glass {
        Some(reason) => caller.session.breaking_glass(reason),
        None => caller.session.clone(),
    };
    let state = match (request.plan, bundle) {
        (Some(plan), bundle) => {
            let id = deployment.clone();
            let started = Caller { session, ..caller }.apart(&context, move |session| async move {
                Ok(session.update_as_planned(&id, bundle.as_ref(), &plan, warnings).await?)
            });
            started.await?
        }
        (None, Some(bundle)) => session.update_to(&deployment, &bundle, warnings).await?,
        (None, None) => session.start_update(&deployment).await?,
    };
    let started = StartedUpdate {
        deployment: deployment.to_string(),
        start: state.start_time,
        task: state.job_id.unwrap_or_default(),
    };
    Ok(Accepted(format!("updates/{}", state.start_time), started))
}

/// Get an update, with its steps.
#[utoipa::path(get, path = "/deployments/{deployment}/updates/{start}", operation_id = "getUpdate",
    tag = "updates",
    params(("deployment" = String, Path, description = "The id of the deployment"),
        ("start" = i64, Path, description = "The start of the update")),
    responses((status = 200, body = UpdateDetails)))]
async fn one(caller: Caller, ids: Ids) -> Answer<Json<UpdateDetails>> {
    let trace = caller.update_trace(&id_in(&ids)?, start_in(&ids)?).await?;
    Ok(Json(steps::details(&trace)))
}

/// Cancel an update. It ends within 30 s, and its log says what was written.
#[utoipa::path(delete, path = "/deployments/{deployment}/updates/{start}", operation_id = "cancelUpdate",
    tag = "updates",
    params(("deployment" = String, Path, description = "The id of the deployment"),
        ("start" = i64, Path, description = "The start of the update")),
    responses((status = 202)))]
async fn abort(caller: Caller, ids: Ids) -> Answer<StatusCode> {
    caller.cancel_update(&id_in(&ids)?, start_in(&ids)?).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Where a log is read on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LogQuery {
    /// The `next` of the part before; 0 is the beginning.
    #[serde(default)]
    after: u64,
}

/// A part of the log of an update.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LogPart {
    /// The lines.
    pub(super) lines: Vec<String>,
    /// Where the next part begins.
    pub(super) next: u64,
    /// Whether no more lines come.
    pub(super) ended: bool,
}

/// Get the log of an update from a point on.
#[utoipa::path(get, path = "/deployments/{deployment}/updates/{start}/log", operation_id = "getUpdateLog",
    tag = "updates",
    params(("deployment" = String, Path, description = "The id of the deployment"),
        ("start" = i64, Path, description = "The start of the update"), LogQuery),
    responses((status = 200, body = LogPart)))]
async fn log(
    caller: Caller,
    ids: Ids,
    Parameters(query): Parameters<LogQuery>,
) -> Answer<Json<LogPart>> {
    let part = caller.update_log(&id_in(&ids)?, start_in(&ids)?, query.after).await?;
    Ok(Json(LogPart { lines: part.lines, next: part.next, ended: part.ended }))
}
