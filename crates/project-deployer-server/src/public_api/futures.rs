use axum::routing::get;
use axum::{Json, Router};
use project_deployer::UpdateOperations as _;
use project_deployer::core::node::FutureState;

use super::error::ApiError;
use super::request::{Answer, Ids, Parameters, Session};
use crate::service::ServiceContext;

/// Long tasks (wire-facts 1.9). A result stays as long as its update does, so that a second look finds it.
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new().route("/futures", get(list)).route("/futures/{id}", get(one).delete(abort))
}

/// The tasks that run and that the caller may see. `allUsers` changes nothing: a deployment is shared by all who
/// may see it. Scenarios run on the nodes.
async fn list(session: Session, query: Parameters) -> Answer<Json<Vec<FutureState>>> {
    if query.is_false("withNotScenarios") {
        return Ok(Json(Vec::new()));
    }
    Ok(Json(session.futures().await?))
}

/// Cancels the update of a task. Its state then says how it ended.
async fn abort(session: Session, ids: Ids) -> Answer<()> {
    session.abort_future(ids.text(0)).await.map_err(ApiError::unknown_future)
}

async fn one(session: Session, ids: Ids) -> Answer<Json<FutureState>> {
    session.future(ids.text(0)).await.map(Json).map_err(ApiError::unknown_future)
}
