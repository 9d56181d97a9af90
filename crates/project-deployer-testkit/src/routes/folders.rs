//! Project folders (wire-facts 3.5).

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::{Asked, Fetched, Id, Ids, Node, Sent, Who, text};
use crate::answer::{Answer, Refusal, reported};
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/project-folders", get(root))
        .route("/project-folders/{id}", get(folder).delete(remove))
        .route("/project-folders/{id}/settings", get(settings).put(save_settings))
        .route("/project-folders/{id}/children", post(create))
        .route("/project-folders/{id}/move", post(move_folder))
        .route("/project-folders/{id}/default-for-project-creation", get(folder))
        .route("/project-folders/locate-project/{key}", get(folder_of_project))
        .route("/project-folders/{id}/projects/{key}/move", post(move_project))
}

async fn root(State(node): Node, Extension(caller): Who) -> Fetched {
    node.state().folder_json(&caller, "ROOT").map(Json)
}

/// Any folder is the one that projects go to when it is asked for.
async fn folder(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    node.state().folder_json(&caller, &id).map(Json)
}

async fn settings(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    caller.must_be_admin()?;
    node.state().folder(&caller, &id).map(|folder| Json(folder.settings_json()))
}

async fn save_settings(
    State(node): Node,
    Extension(caller): Who,
    Path(id): Id,
    sent: Sent,
) -> Fetched {
    caller.must_be_admin()?;
    let document = sent.object()?;
    node.state().folder_mut(&id)?.set_settings(&document);
    Ok(reported(format!("Saved settings of project folder {id}")))
}

async fn create(
    State(node): Node,
    Extension(caller): Who,
    Path(id): Id,
    Query(query): Asked,
) -> Fetched {
    let name = text(&query, "name").ok_or_else(|| Refusal::illegal("name is missing"))?;
    node.state().create_folder(&caller, &id, name).map(Json)
}

async fn move_folder(
    State(node): Node,
    Extension(caller): Who,
    Path(id): Id,
    Query(query): Asked,
) -> Answer<()> {
    caller.must_be_admin()?;
    node.state().move_folder(&id, &destination(&query)?)
}

async fn remove(State(node): Node, Extension(caller): Who, Path(id): Id) -> Answer<()> {
    caller.must_be_admin()?;
    node.state().remove_folder(&id)
}

async fn folder_of_project(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    let folder = state.project(&caller, &key, "see")?.folder.clone();
    state.folder_json(&caller, &folder).map(Json)
}

async fn move_project(
    State(node): Node,
    Extension(caller): Who,
    Path((_, key)): Ids,
    Query(query): Asked,
) -> Answer<()> {
    node.state().move_project(&caller, &key, &destination(&query)?)
}

fn destination(query: &HashMap<String, String>) -> Answer<String> {
    text(query, "destination").ok_or_else(|| Refusal::illegal("destination is missing"))
}
