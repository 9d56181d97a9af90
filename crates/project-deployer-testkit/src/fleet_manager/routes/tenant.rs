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
        .route("/images", fixed(json!([image])))
        .route("/instance-settings-templates", fixed(json!([template])))
        .route("/load-balancers", fixed(json!([])))
        .route("/cloud-accounts", fixed(json!([])))
        .route("/cloud-credentials", fixed(json!({})))
        // The official client reads the tags out of a text.
        .route("/cloud-tags", fixed(json!({"msg": "{}"})))
        .route("/iam/sso-settings", fixed(supplier()))
        .route("/iam/ldap-settings", fixed(supplier()))
        .route("/iam/azure-ad-settings", fixed(supplier()))
        .route("/licensing-summary", fixed(json!({})))
}

fn fixed(document: Value) -> MethodRouter<Fleet> {
    get(move || async move { Json(document) })
}
