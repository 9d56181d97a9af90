//! Calls of public scripts beside the deployment itself (wire-facts 9.2): the repository of a
//! project, its datasets and its export.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use super::{Asked, Fetched, Id, Node, Sent, Who, text};
use crate::answer::Answer;
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/projects/{key}/datasets", get(datasets))
        .route("/projects/{key}/export", post(export))
        .route("/projects/{key}/git/status", get(git_status))
        .route("/projects/{key}/git/actions/log", get(git_log))
        .route("/projects/{key}/git/actions/push", post(git_push))
}

async fn datasets(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    state.project(&caller, &key, "readProjectContent").map(|project| Json(project.datasets_json()))
}

/// The options change nothing: the mock has no data to leave out.
async fn export(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    _: Sent,
) -> Answer<Response> {
    let archive = node.state().export_project(&caller, &key)?;
    Ok(([(CONTENT_TYPE, "application/zip")], archive).into_response())
}

/// A clean repository without remotes. The fields are those that the official client documents.
async fn git_status(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    node.state().project(&caller, &key, "readProjectContent")?;
    Ok(Json(json!({
        "currentBranch": "master",
        "remotes": [],
        "trackingCount": {"ahead": 0, "behind": 0},
        "clean": true,
        "hasUncommittedChanges": false,
        "added": [],
        "changed": [],
        "removed": [],
        "missing": [],
        "modified": [],
        "conflicting": [],
        "untracked": [],
        "untrackedFolders": [],
    })))
}

async fn git_log(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    Query(query): Asked,
) -> Fetched {
    const USUAL: usize = 20;
    let count = text(&query, "count").and_then(|count| count.parse().ok()).unwrap_or(USUAL);
    let state = node.state();
    state
        .project(&caller, &key, "readProjectContent")
        .map(|project| Json(project.git_log_json(count)))
}

async fn git_push(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    node.state().project(&caller, &key, "writeProjectContent")?;
    Ok(Json(json!({"success": true, "logs": [], "output": ""})))
}
