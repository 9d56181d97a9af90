use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use project_deployer::DeploymentOperations as _;
use project_deployer::core::Timestamp;
use project_deployer::core::status::DeploymentLightStatus;
use project_deployer::watch::prometheus_text;
use serde_json::{Value, json};

use super::request::{Answer, Session};
use crate::service::ServiceContext;

/// The list of what is deployed where, under names of its own (wire-facts 2.14).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/unified-monitoring/deployer/projects", get(list))
        .route("/unified-monitoring/deployer/metrics-prometheus", get(metrics))
}

/// The last known state of deployments for Prometheus, with the gauges and labels of the product. No node is asked.
async fn metrics(session: Session) -> Answer<impl IntoResponse> {
    let text = prometheus_text(&session.monitored_deployments().await?);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}

async fn list(State(context): State<ServiceContext>, session: Session) -> Answer<Json<Value>> {
    let deployments = session.deployments().await?;
    let now = context.deployer.now();
    Ok(Json(deployments.iter().map(|status| monitored(status, now)).collect()))
}

fn monitored(status: &DeploymentLightStatus, now: Timestamp) -> Value {
    let deployment = &status.deployment_basic_info;
    json!({
        "deploymentId": deployment.id,
        "infrastructureId": deployment.infra_id,
        "stage": status.infra_basic_info.stage,
        "snapshotTimestamp": now,
        "bundleName": deployment.bundle_id,
        "deployedProjectKey": deployment.deployed_project_key,
        "publishedProjectKey": deployment.published_project_key,
    })
}
