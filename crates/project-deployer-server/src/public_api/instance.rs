use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::request::{Answer, Session};
use crate::service::ServiceContext;

/// Who the caller is, and what this node is (wire-facts 3.1).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/auth/info", get(auth_info))
        .route("/instance-info", get(instance_info))
        .route("/admin/iam/ldap-settings", get(ldap_settings))
}

/// This Deployer reads no directory. Who compares logins asks for it (wire-facts 5.6).
async fn ldap_settings(session: Session) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    Ok(Json(json!({"enabled": false, "authenticationEnabled": false, "authorizedGroups": []})))
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
