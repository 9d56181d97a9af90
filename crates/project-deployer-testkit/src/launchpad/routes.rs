//! The API of the Launchpad, below its space (wire-facts 6.2).

mod people;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Space;
use crate::routes::Sent;
use crate::server::Shared;

type Launchpad = State<Arc<Shared<Space>>>;

pub(super) fn routes(launchpad: Arc<Shared<Space>>) -> Router {
    Router::new()
        .route("/nodes/search", post(nodes))
        .merge(people::routes())
        .fallback(no_route)
        .with_state(launchpad)
}

async fn nodes(State(launchpad): Launchpad, Sent(sent): Sent) -> Response {
    let wanted = match sent.get("type") {
        Some(Value::String(wanted)) => Some(wanted.as_str()),
        Some(Value::Null) => None,
        _ => return invalid("type", "write a type, or null for all nodes"),
    };
    let space = launchpad.state();
    let found = space.nodes.iter().filter(|(_, own)| wanted.is_none_or(|wanted| wanted == own));
    let reported: Value = found.map(|(name, own)| json!({"name": name, "type": own})).collect();
    Json(reported).into_response()
}

/// The Launchpad reports its reasons by field.
fn invalid(field: &str, reason: &str) -> Response {
    let error = json!({"message": "Invalid request", "errors": {"json": {field: [reason]}}});
    (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response()
}

pub(super) fn unknown_key() -> Response {
    let error = json!({"message": "unknown key", "errors": {}});
    (StatusCode::UNAUTHORIZED, Json(error)).into_response()
}

async fn no_route(uri: Uri) -> Response {
    not_found(uri.path())
}

fn not_found(what: &str) -> Response {
    let error = json!({"message": format!("not found: {what}"), "errors": {}});
    (StatusCode::NOT_FOUND, Json(error)).into_response()
}
