use axum::routing::get;
use axum::{Json, Router};
use project_deployer::InfraOperations as _;
use project_deployer::core::stage::StageCatalogue;
use serde_json::{Value, json};

use super::error::ApiError;
use super::request::{Answer, Body, Session, done};
use super::suppliers;
use crate::service::ServiceContext;

/// Where the stages are. The product's own name for them is unknown (wire-facts 5.7).
const STAGES: &str = "projectDeployerSettings";

/// General settings (wire-facts 5.7): stages, and what shows that this Deployer reads no source of users and has no other
/// Deployer.
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new().route("/admin/general-settings", get(settings).put(save))
}

async fn settings(session: Session) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    Ok(Json(json!({
        "ldapSettings": suppliers::ldap(),
        "deployerClientSettings": {"mode": "LOCAL"},
        "governIntegrationSettings": {"enabled": false},
        STAGES: {"stages": session.stages().await?},
    })))
}

/// Saves the stages. Unknown settings are dropped, as by the product; those that this Deployer cannot follow are refused.
async fn save(session: Session, body: Body) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    let Value::Object(sent) = body.0 else {
        return Err(ApiError::bad_request("the body is not an object; send a JSON object"));
    };
    let section = |name: &str| sent.get(name).cloned().unwrap_or_default();
    suppliers::refuse_enabled(&section("ldapSettings"))?;
    if section("governIntegrationSettings")["enabled"] == json!(true) {
        return Err(ApiError::not_served("to ask a Govern node", "a hook can ask it"));
    }
    if section("deployerClientSettings")["mode"] == json!("REMOTE") {
        let fix = "connect the Design node to the other Deployer";
        return Err(ApiError::not_served("to pass requests on to another Deployer", fix));
    }
    if let Some(stages) = sent.get(STAGES).and_then(|section| section.get("stages")) {
        let stages = StageCatalogue::from_document(stages.clone())?;
        if stages != session.stages().await? {
            session.save_stages(&stages).await?;
        }
    }
    Ok(done("Saved general settings"))
}
