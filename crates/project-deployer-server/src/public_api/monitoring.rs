use std::time::{SystemTime, UNIX_EPOCH};

use axum::routing::get;
use axum::{Json, Router};
use project_deployer::DeploymentOperations as _;
use project_deployer::core::status::DeploymentLightStatus;
use serde_json::{Value, json};

use super::request::{Answer, Session};
use crate::service::ServiceContext;

/// The list of what is deployed where, under names of its own (wire-facts 2.14).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new().route("/unified-monitoring/deployer/projects", get(list))
}

async fn list(session: Session) -> Answer<Json<Value>> {
    let deployments = session.deployments().await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    Ok(Json(deployments.iter().map(|status| monitored(status, now)).collect()))
}

fn monitored(status: &DeploymentLightStatus, now: u128) -> Value {
    let deployment = &status.deployment_basic_info;
    json!({
        "deploymentId": deployment.id,
        "infrastructureId": deployment.infra_id,
        "stage": status.infra_basic_info.stage,
        "snapshotTimestamp": u64::try_from(now).unwrap_or(u64::MAX),
        "bundleName": deployment.bundle_id,
        "deployedProjectKey": deployment.deployed_project_key,
        "publishedProjectKey": deployment.published_project_key,
    })
}
