//! The API of the Launchpad, below its space (wire-facts 6.2).

mod people;

use axum::Json;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Space;
use crate::answer::Answer;
use crate::api::{ApiCall, Routes};

pub(super) fn routes() -> Routes<Space> {
    people::routes().post("/nodes/search", nodes)
}

fn nodes(space: &mut Space, call: &ApiCall) -> Answer<Response> {
    let wanted = match call.json()?.get("type") {
        Some(Value::String(wanted)) => Some(wanted.as_str()),
        Some(Value::Null) => None,
        _ => return Ok(invalid("type", "write a type, or null for all nodes")),
    };
    let found = space.nodes.iter().filter(|(_, own)| wanted.is_none_or(|wanted| wanted == own));
    let reported: Value = found.map(|(name, own)| json!({"name": name, "type": own})).collect();
    Ok(Json(reported).into_response())
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

pub(super) async fn no_route(uri: Uri) -> Response {
    not_found(uri.path())
}

fn not_found(what: &str) -> Response {
    let error = json!({"message": format!("not found: {what}"), "errors": {}});
    (StatusCode::NOT_FOUND, Json(error)).into_response()
}
