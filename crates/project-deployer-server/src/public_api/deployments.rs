use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use project_deployer::DeploymentOperations as _;
use project_deployer::core::DeploymentId;
use project_deployer::core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer::core::messages::InfoMessages;
use project_deployer::core::status::{DeploymentHeavyStatus, DeploymentLightStatus};
use serde_json::Value;

use super::infras::same_id;
use super::request::{Answer, Body, Ids, Parameters, Session, done, unwritable};
use crate::service::ServiceContext;

/// Deployments (rows 19 to 26 of wire-facts 2.1).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/deployments", get(list).post(create))
        .route("/deployments/{id}", get(one).delete(delete))
        .route("/deployments/{id}/status", get(status))
        .route("/deployments/{id}/governance-status", get(governance_status))
        .route("/deployments/{id}/settings", get(settings).put(save_settings))
}

pub(super) fn id_in(ids: &Ids) -> Answer<DeploymentId> {
    ids.read("id", "deployment")
}

/// The text of the list is kept for the next request, until any document of the read model changes, whether the list
/// depends on it or not. Then what did not change is copied.
async fn list(State(context): State<ServiceContext>, session: Session) -> Answer<Response> {
    let seen = session.seen_deployments().await?;
    let last = &context.operations.last_list;
    let write = || {
        last.text(seen.statuses(), |status| &status.deployment_basic_info.id).map_err(unwritable)
    };
    let text = context.operations.lists.text(seen.edition(), seen.caller(), write).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

async fn create(session: Session, query: Parameters, body: Body) -> Answer<Json<Value>> {
    let creation = body.document::<DeploymentCreation>()?;
    session.create_deployment(&creation, query.warnings()).await?;
    Ok(done(format!("Created deployment {}", creation.deployment_id)))
}

async fn one(session: Session, ids: Ids) -> Answer<Json<DeploymentLightStatus>> {
    Ok(Json(session.deployment(&id_in(&ids)?).await?))
}

async fn delete(session: Session, ids: Ids) -> Answer<()> {
    Ok(session.delete_deployment(&id_in(&ids)?).await?)
}

async fn status(session: Session, ids: Ids) -> Answer<Json<DeploymentHeavyStatus>> {
    Ok(Json(session.deployment_status(&id_in(&ids)?).await?))
}

/// An empty bundle id means the deployment's own bundle (row 24).
async fn governance_status(
    session: Session,
    ids: Ids,
    query: Parameters,
) -> Answer<Json<InfoMessages>> {
    let bundle = query.parsed("bundleId")?;
    Ok(Json(session.governance_status(&id_in(&ids)?, bundle.as_ref()).await?))
}

async fn settings(session: Session, ids: Ids) -> Answer<Json<Value>> {
    Ok(Json(session.deployment_settings(&id_in(&ids)?).await?.to_document()))
}

async fn save_settings(
    session: Session,
    ids: Ids,
    query: Parameters,
    body: Body,
) -> Answer<Json<Value>> {
    let (id, settings) = (id_in(&ids)?, body.document::<DeploymentSettings>()?);
    same_id(id.as_str(), settings.id.as_str())?;
    session.save_deployment_settings(&settings, query.warnings()).await?;
    Ok(done(format!("Saved deployment {id}")))
}
