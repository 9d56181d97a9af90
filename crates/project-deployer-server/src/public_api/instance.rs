use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::error::ApiError;
use super::request::{Answer, Session};
use crate::service::ServiceContext;

/// Who the caller is, and what this node is (wire-facts 3.1).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/auth/info", get(auth_info))
        .route("/instance-info", get(instance_info))
        .route("/auth/ticket", post(ticket))
        .route("/admin/licensing/status", get(licensing))
}

/// A ticket is as good as its caller, and nobody can take it back: keys are enough.
async fn ticket(_: Session) -> Answer<()> {
    Err(ApiError::not_served("to issue a ticket", "use an API key"))
}

async fn licensing(session: Session) -> Answer<()> {
    session.may_edit_accounts().await?;
    Err(ApiError::not_served("to report a licence", "it has none"))
}

/// Groups are reported for users only.
async fn auth_info(session: Session) -> Answer<Json<Value>> {
    let caller = session.caller().await?;
    let mut info = json!({"authIdentifier": caller.login, "admin": caller.global_admin});
    if session.principal.is_user() {
        info["groups"] = json!(caller.groups);
    }
    Ok(Json(info))
}

async fn instance_info(State(context): State<ServiceContext>) -> Json<Value> {
    Json(json!({
        "nodeId": &*context.node_id,
        "nodeName": &*context.node_id,
        "nodeType": "DEPLOYER",
        "projectDeployerVersion": env!("CARGO_PKG_VERSION"),
    }))
}
