//! Who am I, what is this node, its general settings (wire-facts 3.1, 5.7).

use std::sync::Arc;

use axum::extract::{Extension, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Asked, Fetched, Node, Sent, Who, is_set};
use crate::answer::reported;
use crate::server::Shared;
use crate::state::NodeState;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/auth/info", get(auth_info))
        .route("/instance-info", get(instance_info))
        .route("/admin/licensing/status", get(licensing_status))
        .route("/admin/general-settings", get(general_settings).put(save_general_settings))
}

async fn auth_info(Extension(caller): Who, Query(query): Asked) -> Json<Value> {
    Json(NodeState::auth_info(&caller, is_set(&query, "withSecrets")))
}

async fn instance_info(State(node): Node) -> Json<Value> {
    let state = node.state();
    Json(json!({
        "nodeId": state.node_id,
        "nodeName": state.node_name,
        "nodeType": state.kind.as_str(),
        "dssVersion": state.version,
        "dipInstanceId": state.instance_id,
    }))
}

async fn licensing_status(Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    let profiles = ["FULL_DESIGNER", "DATA_DESIGNER", "AI_CONSUMER", "READER"];
    Ok(Json(json!({"limits": {"licensedProfiles": profiles}})))
}

async fn general_settings(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    node.state().general_settings_json().map(Json)
}

async fn save_general_settings(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    node.state().set_general_settings(&sent.object()?)?;
    Ok(reported("Saved general settings"))
}
