use axum::routing::get;
use axum::{Json, Router};
use project_deployer::ProjectOperations as _;
use project_deployer::core::ProjectKey;
use project_deployer::core::published_project::PublishedProjectSettings;
use project_deployer::core::status::PublishedProjectStatus;
use serde_json::Value;

use super::infras::same_id;
use super::request::{Answer, Body, Ids, Session, done};
use crate::service::ServiceContext;

/// Published projects (rows 9 to 14 of wire-facts 2.1).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/projects", get(list).post(create))
        .route("/projects/{key}", get(one).delete(delete))
        .route("/projects/{key}/settings", get(settings).put(save_settings))
}

pub(super) fn key_in(ids: &Ids) -> Answer<ProjectKey> {
    ids.read("key", "published project")
}

async fn list(session: Session) -> Answer<Json<Vec<PublishedProjectStatus>>> {
    Ok(Json(session.projects().await?))
}

/// Clients before 2021 send `projectKey` (row 10).
async fn create(session: Session, body: Body) -> Answer<Json<Value>> {
    let field = if body.text("publishedProjectKey").is_some() {
        "publishedProjectKey"
    } else {
        "projectKey"
    };
    let field = if body.text(field).is_some() { field } else { "publishedProjectKey" };
    let key: ProjectKey = body.id(field)?;
    session.create_project(&key).await?;
    Ok(done(format!("Created published project {key}")))
}

async fn one(session: Session, ids: Ids) -> Answer<Json<PublishedProjectStatus>> {
    Ok(Json(session.project(&key_in(&ids)?).await?))
}

async fn delete(session: Session, ids: Ids) -> Answer<()> {
    Ok(session.delete_project(&key_in(&ids)?).await?)
}

async fn settings(session: Session, ids: Ids) -> Answer<Json<Value>> {
    Ok(Json(session.project_settings(&key_in(&ids)?).await?.to_document()))
}

async fn save_settings(session: Session, ids: Ids, body: Body) -> Answer<Json<Value>> {
    let (key, settings) = (key_in(&ids)?, body.document::<PublishedProjectSettings>()?);
    same_id(key.as_str(), settings.id.as_str())?;
    session.save_project_settings(&settings).await?;
    Ok(done(format!("Saved published project {key}")))
}
