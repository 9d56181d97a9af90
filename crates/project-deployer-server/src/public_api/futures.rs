use axum::routing::get;
use axum::{Json, Router};
use project_deployer::UpdateOperations as _;
use project_deployer::core::node::FutureState;
use project_deployer::core::status::UpdateStatus;
use serde_json::json;

use super::error::ApiError;
use super::request::{Answer, Ids, Parameters, Session};
use crate::service::ServiceContext;

/// Long tasks (wire-facts 1.9). A result stays as long as its update does, so that a second look finds it.
/// A failed update is an error at every look.
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
    session.abort_future(ids.text("id")).await.map_err(ApiError::unknown_future)
}

async fn one(session: Session, ids: Ids) -> Answer<Json<FutureState>> {
    let state = session.future(ids.text("id")).await.map_err(ApiError::unknown_future)?;
    // A client learns of a failure by the status alone, and takes any result for a success (wire-facts 1.9).
    match failure(&state) {
        Some(reason) => Err(ApiError::failed_future(&reason)),
        None => Ok(Json(state)),
    }
}

/// Why the update of a task failed: the last line of its log.
fn failure(state: &FutureState) -> Option<String> {
    let result =
        state.result.as_ref().filter(|result| result["status"] == json!(UpdateStatus::Failed))?;
    let lines = result["logs"]["lines"].as_array();
    let last = lines.and_then(|lines| lines.last()).and_then(|line| line.as_str());
    Some(last.unwrap_or("it has no log").to_owned())
}
