use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use project_deployer::ProjectOperations as _;
use project_deployer::core::ProjectKey;
use project_deployer::core::published_project::PublishedProjectSettings;
use project_deployer::core::status::PublishedProjectStatus;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conditional::{IfMatch, Tagged, lost, saved};
use super::infrastructures::same_id;
use super::page::{Page, PageQuery};
use super::reply::{Created, segment};
use super::request::{Answer, Body, Caller, DocumentBody, Ids, Parameters, id};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, delete))
        .routes(routes!(settings, save_settings))
}

/// A published project: a collection of bundles.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Project {
    /// Its key.
    key: String,
    /// Its name.
    name: String,
    /// How many bundles it has.
    bundles: usize,
    /// Whether the caller may upload bundles.
    can_write: bool,
    /// Whether the caller may deploy it, given the right on the infrastructure.
    can_deploy: bool,
    /// Whether the caller may read and change its settings.
    can_administer: bool,
    /// Its deployments that the caller may see.
    deployments: Vec<ProjectDeployment>,
}

/// A deployment of a project.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProjectDeployment {
    /// Its id.
    id: String,
    /// Its infrastructure.
    infrastructure: String,
    /// Its bundle.
    bundle: String,
}

impl From<PublishedProjectStatus> for Project {
    fn from(status: PublishedProjectStatus) -> Self {
        let deployments = status.deployments.into_iter().map(|one| ProjectDeployment {
            id: one.id.to_string(),
            infrastructure: one.infra_id.to_string(),
            bundle: one.bundle_id.to_string(),
        });
        Self {
            key: status.project_basic_info.id.to_string(),
            name: status.project_basic_info.name,
            bundles: status.packages.len(),
            can_write: status.can_write,
            can_deploy: status.can_deploy,
            can_administer: status.is_admin,
            deployments: deployments.collect(),
        }
    }
}

/// Which projects to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ProjectQuery {
    /// Only those whose key or name contains this text.
    text: Option<String>,
}

/// A project to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProjectCreation {
    /// Its key.
    key: String,
}

/// The settings of a published project, as the product writes them. Unknown fields are kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(value_type = Object)]
struct ProjectSettings(Value);

pub(super) fn key_in(ids: &Ids) -> Answer<ProjectKey> {
    ids.read("project", "published project")
}

/// List the published projects that the caller may see, by key.
#[utoipa::path(get, path = "/projects", operation_id = "listProjects", tag = "projects",
    params(ProjectQuery, PageQuery), responses((status = 200, body = Page<Project>)))]
async fn list(
    caller: Caller,
    Parameters(query): Parameters<ProjectQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> Answer<Json<Page<Project>>> {
    let text = query.text.unwrap_or_default().to_lowercase();
    let mut all = caller.projects().await?;
    all.retain(|project| {
        let info = &project.project_basic_info;
        let has = |value: &str| value.to_lowercase().contains(&text);
        has(info.id.as_str()) || has(&info.name)
    });
    let page = page.page("projects", all, |project| project.project_basic_info.id.to_string())?;
    Ok(Json(page.map(Into::into)))
}

/// Create a published project. The caller owns it.
#[utoipa::path(post, path = "/projects", operation_id = "createProject", tag = "projects",
    request_body = ProjectCreation, responses((status = 201, body = Project)))]
async fn create(caller: Caller, Body(new): Body<ProjectCreation>) -> Answer<Created<Project>> {
    let key: ProjectKey = id("key", &new.key)?;
    caller.create_project(&key).await?;
    let project = Project::from(caller.project(&key).await?);
    Ok(Created(format!("projects/{}", segment(&key)), project))
}

/// Get a published project.
#[utoipa::path(get, path = "/projects/{project}", operation_id = "getProject", tag = "projects",
    params(("project" = String, Path, description = "The key of the project")),
    responses((status = 200, body = Project)))]
async fn one(caller: Caller, ids: Ids) -> Answer<Json<Project>> {
    Ok(Json(caller.project(&key_in(&ids)?).await?.into()))
}

/// Delete a published project without deployments, and its bundles.
#[utoipa::path(delete, path = "/projects/{project}", operation_id = "deleteProject", tag = "projects",
    params(("project" = String, Path, description = "The key of the project")),
    responses((status = 204)))]
async fn delete(caller: Caller, ids: Ids, matched: IfMatch) -> Answer<StatusCode> {
    let key = key_in(&ids)?;
    let expected = matched.of_read(caller.project_settings_at(&key)).await?;
    caller.at(expected).delete_project(&key).await.map_err(lost(expected))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get the settings of a published project.
#[utoipa::path(get, path = "/projects/{project}/settings", operation_id = "getProjectSettings",
    tag = "projects",
    params(("project" = String, Path, description = "The key of the project")),
    responses((status = 200, body = ProjectSettings)))]
async fn settings(caller: Caller, ids: Ids) -> Answer<Tagged<ProjectSettings>> {
    let found = caller.project_settings_at(&key_in(&ids)?).await?;
    Ok(Tagged(found.revision, ProjectSettings(found.value.to_document())))
}

/// Replace the settings of a published project.
#[utoipa::path(put, path = "/projects/{project}/settings", operation_id = "saveProjectSettings",
    tag = "projects",
    params(("project" = String, Path, description = "The key of the project")),
    request_body(content = Object, description = "Settings, as the product writes them"),
    responses((status = 200, body = ProjectSettings), (status = 204, description = "The caller may not read it any more")))]
async fn save_settings(
    caller: Caller,
    ids: Ids,
    matched: IfMatch,
    body: DocumentBody,
) -> Answer<Response> {
    let key = key_in(&ids)?;
    let expected = matched.required(caller.project_settings_at(&key).await?.revision)?;
    let settings = body.with("id", key.as_str()).document::<PublishedProjectSettings>()?;
    same_id(key.as_str(), settings.id.as_str())?;
    caller.at(expected).save_project_settings(&settings).await.map_err(lost(expected))?;
    saved(caller.project_settings_at(&key).await, |settings| {
        ProjectSettings(settings.to_document())
    })
}
