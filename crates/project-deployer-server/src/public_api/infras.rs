use axum::routing::{get, post};
use axum::{Json, Router};
use project_deployer::core::InfraId;
use project_deployer::core::infra::InfraSettings;
use project_deployer::core::status::{InfraStatus, NodeKeyCreation};
use project_deployer::{InfraCreation, InfraOperations as _, NodeKeyRequest};
use serde_json::Value;

use super::error::ApiError;
use super::request::{Answer, Body, Ids, Parameters, Session, done};
use crate::service::ServiceContext;

/// Infrastructures (rows 2 to 8 of wire-facts 2.1).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/infras", get(list).post(create))
        .route("/infras/{id}", get(one).delete(delete))
        .route("/infras/{id}/settings", get(settings).put(save_settings))
        .route("/infras/{id}/generate-personal-api-key", post(create_node_key))
}

fn id_in(ids: &Ids) -> Answer<InfraId> {
    ids.read("id", "infrastructure")
}

async fn list(session: Session) -> Answer<Json<Vec<InfraStatus>>> {
    Ok(Json(session.infras().await?))
}

/// The product takes id, stage and policy; the rest comes by the settings (row 3).
async fn create(session: Session, body: Body) -> Answer<Json<Value>> {
    let settings = body.document::<InfraSettings>()?;
    let message = format!("Created infrastructure {}", settings.id);
    session.create_infra(&InfraCreation::from(settings)).await?;
    Ok(done(message))
}

async fn one(session: Session, ids: Ids) -> Answer<Json<InfraStatus>> {
    Ok(Json(session.infra(&id_in(&ids)?).await?))
}

async fn delete(session: Session, ids: Ids) -> Answer<()> {
    Ok(session.delete_infra(&id_in(&ids)?).await?)
}

/// With the keys of the nodes: scripts read them as administrators of the infrastructure.
async fn settings(session: Session, ids: Ids) -> Answer<Json<Value>> {
    let settings = session.infra_settings(&id_in(&ids)?).await?;
    Ok(Json(settings.to_document_with_keys()))
}

async fn save_settings(session: Session, ids: Ids, body: Body) -> Answer<Json<Value>> {
    let (id, settings) = (id_in(&ids)?, body.document::<InfraSettings>()?);
    same_id(id.as_str(), settings.id.as_str())?;
    session.save_infra_settings(&settings).await?;
    Ok(done(format!("Saved infrastructure {id}")))
}

/// The parameters are in the query (wire-facts 2.5).
async fn create_node_key(
    session: Session,
    ids: Ids,
    query: Parameters,
) -> Answer<Json<NodeKeyCreation>> {
    let request = NodeKeyRequest::default()
        .with_label(query.text("label").unwrap_or_default())
        .with_description(query.text("description").unwrap_or_default())
        .with_for_user(query.parsed("forUser")?);
    Ok(Json(session.create_node_key(&id_in(&ids)?, &request).await?))
}

/// Settings of one object that were sent for another one.
pub(super) fn same_id(path: &str, body: &str) -> Answer<()> {
    if path == body {
        return Ok(());
    }
    Err(ApiError::bad_request(format!(
        "the settings are those of `{body}`, and the path names `{path}`; an id cannot be changed"
    )))
}
