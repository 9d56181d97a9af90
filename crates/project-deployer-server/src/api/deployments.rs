use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use project_deployer::core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer::core::{DeploymentId, Timestamp};
use project_deployer::{
    DeploymentFilter, DeploymentOperations as _, DeploymentOrder, DeploymentPlace,
    ListedDeployment, ListedUpdate, Warnings,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conditional::{IfMatch, Tagged, lost, saved};
use super::infrastructures::same_id;
use super::page::{Page, PageQuery, cursor};
use super::problem::Problem;
use super::reply::{Created, segment};
use super::request::{Answer, Body, Caller, DocumentBody, Ids, Parameters, id, optional_id, word};
use super::status::{self, LiveStatus};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, delete))
        .routes(routes!(live_status))
        .routes(routes!(settings, save_settings))
}

/// A deployment of a published project on an infrastructure.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deployment {
    /// Its id.
    id: String,
    /// Its infrastructure.
    infrastructure: String,
    /// The stage of the infrastructure.
    stage: String,
    /// The published project.
    project: String,
    /// The bundle that it has, or gets with the next update.
    bundle: String,
    /// The project key on the nodes.
    deployed_as: String,
    /// Its tags.
    tags: Vec<String>,
    /// Who created it.
    created_by: String,
    /// Who changed it last.
    modified_by: String,
    /// Whether a newer deployment owns the project that it writes.
    superseded: bool,
    /// Its last update.
    last_update: Option<LastUpdate>,
}

/// The last update of a deployment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LastUpdate {
    /// When it began, in milliseconds since 1970. It identifies the update.
    start: i64,
    /// When it ended; none while it runs.
    end: Option<i64>,
    /// Its bundle.
    bundle: String,
    /// Who asked for it.
    requester: String,
    /// `RUNNING`, `SUCCESS`, `WARNING`, `FAILED` or `ABORTED`.
    status: String,
}

impl From<ListedUpdate> for LastUpdate {
    fn from(update: ListedUpdate) -> Self {
        Self {
            start: update.start.as_millis(),
            end: update.end.map(Timestamp::as_millis),
            bundle: update.bundle.to_string(),
            requester: update.requester.to_string(),
            status: word(&update.status),
        }
    }
}

impl From<ListedDeployment> for Deployment {
    fn from(found: ListedDeployment) -> Self {
        Self {
            id: found.id.to_string(),
            infrastructure: found.infra.to_string(),
            stage: found.stage.to_string(),
            project: found.project.to_string(),
            bundle: found.bundle.to_string(),
            deployed_as: found.deployed_as.to_string(),
            tags: found.tags,
            created_by: found.created_by.to_string(),
            modified_by: found.modified_by.to_string(),
            superseded: found.superseded,
            last_update: found.last_update.map(Into::into),
        }
    }
}

/// Which deployments to list, and in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeploymentQuery {
    /// Only on this infrastructure.
    infrastructure: Option<String>,
    /// Only on infrastructures of this stage.
    stage: Option<String>,
    /// Only of this published project.
    project: Option<String>,
    /// Only of this bundle.
    bundle: Option<String>,
    /// Only those whose id contains this text.
    text: Option<String>,
    /// `id`, or `lastUpdate`: the latest first.
    #[serde(default)]
    order: DeploymentOrdering,
}

/// The order of a list of deployments.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum DeploymentOrdering {
    #[default]
    Id,
    LastUpdate,
}

impl DeploymentOrdering {
    fn of_engine(self) -> (DeploymentOrder, &'static str) {
        match self {
            Self::Id => (DeploymentOrder::Id, "deployments"),
            Self::LastUpdate => (DeploymentOrder::LastUpdate, "deployments-by-last-update"),
        }
    }
}

impl DeploymentQuery {
    fn filter(&self) -> Answer<DeploymentFilter> {
        Ok(DeploymentFilter::default()
            .with_infra(optional_id("infrastructure", self.infrastructure.as_deref())?)
            .with_stage(optional_id("stage", self.stage.as_deref())?)
            .with_project(optional_id("project", self.project.as_deref())?)
            .with_bundle(optional_id("bundle", self.bundle.as_deref())?)
            .with_text(self.text.clone()))
    }
}

/// A deployment to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewDeployment {
    /// Its id.
    id: String,
    /// The published project.
    project: String,
    /// The infrastructure.
    infrastructure: String,
    /// The bundle.
    bundle: String,
    /// The project key on the nodes; that of the project by default.
    deployed_as: Option<String>,
    /// The folder on the nodes; the root folder by default.
    folder: Option<String>,
}

/// Whether warnings stop a change.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct WarningsQuery {
    /// Whether to go on in spite of warnings.
    #[serde(default)]
    ignore_warnings: bool,
}

impl WarningsQuery {
    fn of_engine(&self) -> Warnings {
        if self.ignore_warnings { Warnings::Ignore } else { Warnings::AsErrors }
    }
}

/// The settings of a deployment, as the product writes them. Unknown fields are kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(value_type = Object)]
struct DeploymentDocument(Value);

pub(super) fn id_in(ids: &Ids) -> Answer<DeploymentId> {
    ids.read("deployment", "deployment")
}

/// List the deployments that the caller may see.
#[utoipa::path(get, path = "/deployments", operation_id = "listDeployments", tag = "deployments",
    params(DeploymentQuery, PageQuery), responses((status = 200, body = Page<Deployment>)))]
async fn list(
    caller: Caller,
    Parameters(query): Parameters<DeploymentQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> Answer<Json<Page<Deployment>>> {
    let (order, name) = query.order.of_engine();
    let after = page.after::<2>(name)?.map(|[id, updated]| {
        DeploymentPlace::new(id, updated.parse().ok().map(Timestamp::from_millis))
    });
    let found =
        caller.deployment_page(&query.filter()?, order, after.as_ref(), page.limit()?).await?;
    let next = found.next.map(|place| {
        let updated = place.updated.map(|time| time.as_millis().to_string());
        cursor(name, &[&place.id, updated.as_deref().unwrap_or_default()])
    });
    Ok(Json(Page { items: found.entries.into_iter().map(Into::into).collect(), next }))
}

/// Create a deployment. Nothing is sent to the nodes before its first update.
#[utoipa::path(post, path = "/deployments", operation_id = "createDeployment", tag = "deployments",
    params(WarningsQuery), request_body = NewDeployment, responses((status = 201, body = Deployment)))]
async fn create(
    caller: Caller,
    Parameters(warnings): Parameters<WarningsQuery>,
    Body(new): Body<NewDeployment>,
) -> Answer<Created<Deployment>> {
    let mut creation = DeploymentCreation::new(
        id("id", &new.id)?,
        id("project", &new.project)?,
        id("infrastructure", &new.infrastructure)?,
        id("bundle", &new.bundle)?,
    );
    creation.deployed_project_key = optional_id("deployedAs", new.deployed_as.as_deref())?;
    creation.project_folder_id = new.folder.filter(|folder| !folder.is_empty());
    caller.create_deployment(&creation, warnings.of_engine()).await?;
    let deployment = caller.listed_deployment(&creation.deployment_id).await?;
    Ok(Created(format!("deployments/{}", segment(&creation.deployment_id)), deployment.into()))
}

/// Get a deployment.
#[utoipa::path(get, path = "/deployments/{deployment}", operation_id = "getDeployment", tag = "deployments",
    params(("deployment" = String, Path, description = "The id of the deployment")),
    responses((status = 200, body = Deployment)))]
async fn one(caller: Caller, ids: Ids) -> Answer<Json<Deployment>> {
    Ok(Json(caller.listed_deployment(&id_in(&ids)?).await?.into()))
}

/// Get the live status of a deployment: its nodes are asked.
#[utoipa::path(get, path = "/deployments/{deployment}/status", operation_id = "getDeploymentStatus",
    tag = "deployments",
    params(("deployment" = String, Path, description = "The id of the deployment")),
    responses((status = 200, body = LiveStatus)))]
async fn live_status(caller: Caller, ids: Ids) -> Answer<Json<LiveStatus>> {
    Ok(Json(status::live(caller.deployment_status(&id_in(&ids)?).await?)))
}

/// Delete a deployment. The project stays on its nodes.
#[utoipa::path(delete, path = "/deployments/{deployment}", operation_id = "deleteDeployment",
    tag = "deployments",
    params(("deployment" = String, Path, description = "The id of the deployment")),
    responses((status = 204)))]
async fn delete(caller: Caller, ids: Ids, matched: IfMatch) -> Answer<StatusCode> {
    let id = id_in(&ids)?;
    let expected = matched.optional(caller.deployment_settings_at(&id).await?.revision)?;
    caller.at(expected).delete_deployment(&id).await.map_err(lost(expected))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get the settings of a deployment.
#[utoipa::path(get, path = "/deployments/{deployment}/settings", operation_id = "getDeploymentSettings",
    tag = "deployments",
    params(("deployment" = String, Path, description = "The id of the deployment")),
    responses((status = 200, body = DeploymentDocument)))]
async fn settings(caller: Caller, ids: Ids) -> Answer<Tagged<DeploymentDocument>> {
    let found = caller.deployment_settings_at(&id_in(&ids)?).await?;
    Ok(Tagged(found.revision, DeploymentDocument(found.value.to_document())))
}

/// Replace the settings of a deployment. They count from the next update on.
#[utoipa::path(put, path = "/deployments/{deployment}/settings", operation_id = "saveDeploymentSettings",
    tag = "deployments",
    params(("deployment" = String, Path, description = "The id of the deployment"), WarningsQuery),
    request_body(content = Object, description = "Settings, as the product writes them"),
    responses((status = 200, body = DeploymentDocument), (status = 204, description = "The caller may not read it any more")))]
async fn save_settings(
    caller: Caller,
    ids: Ids,
    matched: IfMatch,
    Parameters(warnings): Parameters<WarningsQuery>,
    body: DocumentBody,
) -> Answer<Response> {
    let id = id_in(&ids)?;
    let expected = matched.required(caller.deployment_settings_at(&id).await?.revision)?;
    let settings = body.with("id", id.as_str()).document::<DeploymentSettings>()?;
    same_id(id.as_str(), settings.id.as_str())?;
    let done = caller.at(expected).save_deployment_settings(&settings, warnings.of_engine()).await;
    done.map_err(lost(expected))?;
    saved(caller.deployment_settings_at(&id).await, |settings| {
        DeploymentDocument(settings.to_document())
    })
}

/// The start of an update in the path.
pub(super) fn start_in(ids: &Ids) -> Answer<Timestamp> {
    let start = ids.text("start").parse().map(Timestamp::from_millis);
    start.map_err(|_| Problem::not_found("update", ids.text("start")))
}
