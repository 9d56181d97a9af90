//! What a tenant has beyond instances and networks: documents without effect, which stay as they are.

use std::sync::Arc;

use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::FleetState;
use crate::server::Shared;

type Fleet = Arc<Shared<FleetState>>;

pub(super) fn routes() -> Router<Fleet> {
    let supplier = || json!({"enabled": false});
    let template = json!({"id": "ist-2", "label": "Default"});
    let image = json!({"id": "dss-15.2.0", "label": "15.2.0"});
    Router::new()
        .route("/images", told(json!([image])))
        .route("/instance-settings-templates", told(json!([template])))
        .route("/load-balancers", told(json!([])))
        .route("/cloud-accounts", told(json!([])))
        .route("/cloud-credentials", told(json!({})))
        // The official client reads the tags out of a text.
        .route("/cloud-tags", told(json!({"msg": "{}"})))
        .route("/iam/sso-settings", told(supplier()))
        .route("/iam/ldap-settings", told(supplier()))
        .route("/iam/azure-ad-settings", told(supplier()))
        .route("/licensing-summary", told(json!({})))
}

fn told(document: Value) -> MethodRouter<Fleet> {
    get(move || async move { Json(document) })
}
