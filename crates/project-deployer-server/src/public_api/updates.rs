use axum::routing::{get, post};
use axum::{Json, Router};
use project_deployer::core::Timestamp;
use project_deployer::core::node::FutureState;
use project_deployer::core::status::{TestingStatus, UpdateDetail, UpdateSummary};
use project_deployer::{TestingOperations as _, UpdateOperations as _};

use super::deployments::id_in;
use super::error::ApiError;
use super::request::{Answer, Ids, Parameters, Session};
use crate::service::ServiceContext;

/// Updates and tests of deployments (rows 27 to 32 of wire-facts 2.1).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/deployments/{id}/actions/update", post(start))
        .route("/deployments/{id}/update", get(list))
        .route("/deployments/{id}/update/{start}", get(one))
        .route("/deployments/{id}/last-update", get(last))
        .route("/deployments/{id}/testing-status", get(testing_status))
        .route("/deployments/{id}/run-test-scenarios", post(run_test_scenarios))
}

async fn start(session: Session, ids: Ids) -> Answer<Json<FutureState>> {
    Ok(Json(session.start_update(&id_in(&ids)?).await?))
}

async fn list(session: Session, ids: Ids) -> Answer<Json<Vec<UpdateSummary>>> {
    Ok(Json(session.updates(&id_in(&ids)?).await?))
}

async fn one(session: Session, ids: Ids) -> Answer<Json<UpdateDetail>> {
    let start = ids.text("start").parse().map(Timestamp::from_millis);
    let start = start.map_err(|_| ApiError::not_found("update", ids.text("start")))?;
    Ok(Json(session.update(&id_in(&ids)?, start).await?))
}

async fn last(session: Session, ids: Ids) -> Answer<Json<UpdateDetail>> {
    Ok(Json(session.last_update(&id_in(&ids)?).await?))
}

async fn testing_status(
    session: Session,
    ids: Ids,
    query: Parameters,
) -> Answer<Json<TestingStatus>> {
    let (bundle, node) = (query.parsed("bundleId")?, query.parsed("automationNodeId")?);
    Ok(Json(session.testing_status(&id_in(&ids)?, bundle.as_ref(), node.as_ref()).await?))
}

async fn run_test_scenarios(
    session: Session,
    ids: Ids,
    query: Parameters,
) -> Answer<Json<TestingStatus>> {
    let node = query.parsed("automationNodeId")?;
    Ok(Json(session.run_test_scenarios(&id_in(&ids)?, node.as_ref()).await?))
}
