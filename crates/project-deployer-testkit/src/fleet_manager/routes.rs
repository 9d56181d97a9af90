//! The API of a Fleet Manager, below its tenant (wire-facts 6.1).

mod tenant;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

use super::state::{Action, FleetState};
use crate::answer::{Answer, Refusal};
use crate::routes::{Sent, is_set, text};
use crate::server::Shared;

type Fleet = State<Arc<Shared<FleetState>>>;
type Fetched = Answer<Json<Value>>;

pub(super) fn routes(fleet: Arc<Shared<FleetState>>) -> Router {
    Router::new()
        .route("/instances", get(instances).post(create))
        .route("/instances/{id}", get(instance).put(save))
        .route("/instances/{id}/status", get(status))
        .route("/instances/{id}/admin-api-key", get(admin_api_key))
        .route("/instances/{id}/actions/{action}", get(act))
        .route("/instances/{id}/actions/reset-user-password", post(reset_password))
        .route("/instances/{id}/snapshots", get(snapshots).post(take_snapshot))
        .route("/virtual-networks", get(networks).post(create_network))
        .route("/virtual-networks/{id}", get(network).put(save_network).delete(delete_network))
        .route("/futures/{id}", get(look).delete(abort))
        .merge(tenant::routes())
        .fallback(no_route)
        .method_not_allowed_fallback(wrong_method)
        .with_state(fleet)
}

async fn instances(State(fleet): Fleet) -> Json<Value> {
    let state = fleet.state();
    Json(state.instances.values().map(super::MockInstance::to_json).collect())
}

async fn create(State(fleet): Fleet, sent: Sent) -> Fetched {
    fleet.state().create(sent.object()?).map(Json)
}

async fn instance(State(fleet): Fleet, Path(id): Path<String>) -> Fetched {
    fleet.state().instance(&id).map(|instance| Json(instance.to_json()))
}

async fn save(State(fleet): Fleet, Path(id): Path<String>, sent: Sent) -> Answer<()> {
    fleet.state().save(&id, sent.object()?)
}

async fn status(State(fleet): Fleet, Path(id): Path<String>) -> Fetched {
    fleet.state().instance(&id).map(|instance| Json(instance.status_json()))
}

async fn admin_api_key(State(fleet): Fleet, Path(id): Path<String>) -> Fetched {
    fleet.state().instance(&id).map(|instance| Json(instance.admin_key_json()))
}

async fn act(State(fleet): Fleet, Path((id, word)): Path<(String, String)>) -> Fetched {
    let action = Action::parse(&word).ok_or_else(|| Refusal::not_found("Action", &word))?;
    fleet.state().act(&id, action).map(Json)
}

/// The password changes on the node, and the mock has no state for it.
async fn reset_password(State(fleet): Fleet, Path(id): Path<String>, sent: Sent) -> Fetched {
    for field in ["userName", "password"] {
        sent.text(field).ok_or_else(|| Refusal::illegal(format!("Missing field: {field}")))?;
    }
    fleet.state().act(&id, Action::Other).map(Json)
}

async fn snapshots(State(fleet): Fleet, Path(id): Path<String>) -> Fetched {
    fleet.state().snapshots(&id).map(Json)
}

async fn take_snapshot(
    State(fleet): Fleet,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Fetched {
    let reason = text(&query, "reasonForSnapshot").unwrap_or_default();
    fleet.state().take_snapshot(&id, &reason).map(Json)
}

async fn create_network(State(fleet): Fleet, sent: Sent) -> Fetched {
    Ok(Json(fleet.state().create_network(sent.object()?)))
}

async fn save_network(State(fleet): Fleet, Path(id): Path<String>, sent: Sent) -> Answer<()> {
    fleet.state().save_network(&id, sent.object()?)
}

async fn delete_network(State(fleet): Fleet, Path(id): Path<String>) -> Fetched {
    fleet.state().delete_network(&id).map(Json)
}

async fn networks(State(fleet): Fleet) -> Json<Value> {
    let state = fleet.state();
    Json(state.networks.values().map(super::MockNetwork::to_json).collect())
}

async fn network(State(fleet): Fleet, Path(id): Path<String>) -> Fetched {
    fleet.state().network(&id).map(|network| Json(network.to_json()))
}

async fn look(
    State(fleet): Fleet,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Fetched {
    fleet.state().look(&id, is_set(&query, "peek")).map(Json)
}

async fn abort(State(fleet): Fleet, Path(id): Path<String>) -> Answer<()> {
    fleet.state().abort(&id)
}

pub(super) fn unknown_key() -> Response {
    Refusal::unauthorized("Unknown API key").into_response()
}

async fn no_route(uri: Uri) -> Refusal {
    Refusal::not_found("API route", uri.path())
}

async fn wrong_method(method: Method, uri: Uri) -> Refusal {
    Refusal::wrong_method(format!("{method} is not supported on {}", uri.path()))
}
