use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::error::ApiError;
use super::request::{Answer, Body, Parameters, Session, done};
use crate::service::ServiceContext;

/// Sources of users (wire-facts 5.4, 5.6). This Deployer reads none: their settings show them switched off, and calls that
/// need one are refused as the product refuses them then.
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/admin/iam/ldap-settings", get(ldap_settings).put(save_settings))
        .route("/admin/iam/sso-settings", get(sso_settings).put(save_settings))
        .route("/admin/iam/azure-ad-settings", get(azure_ad_settings).put(save_settings))
        .route("/admin/external-groups", get(look_up))
        .route("/admin/users/actions/external-groups", get(look_up))
        .route("/admin/external-users", get(look_up))
        .route("/admin/users/actions/external-users", get(look_up))
        .route("/admin/users/actions/provision", post(provision))
        .route("/admin/users/actions/resync-multi", post(resync))
        .route("/admin/users/{login}/actions/resync", post(resync))
}

/// Who compares logins asks for these settings.
pub(super) fn ldap() -> Value {
    json!({"enabled": false, "authenticationEnabled": false, "authorizedGroups": []})
}

async fn ldap_settings(session: Session) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    Ok(Json(ldap()))
}

async fn sso_settings(session: Session) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    Ok(Json(json!({"enabled": false, "openIDParams": {}, "samlSPParams": {}})))
}

async fn azure_ad_settings(session: Session) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    Ok(Json(json!({"enabled": false})))
}

/// Settings of a source that stays off say nothing that could be kept.
async fn save_settings(session: Session, body: Body) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    refuse_enabled(&body.0)?;
    Ok(done("The source of users stays off"))
}

/// # Errors
///
/// The settings switch a source on.
pub(super) fn refuse_enabled(settings: &Value) -> Answer<()> {
    if settings["enabled"] != json!(true) {
        return Ok(());
    }
    let fix =
        "put an identity provider in front of it, or create users and groups by their own calls";
    Err(ApiError::not_served("to switch a source of users on", fix))
}

async fn look_up(session: Session, query: Parameters) -> Answer<()> {
    session.may_edit_accounts().await?;
    Err(ApiError::supplier_off(query.text("userSourceType").unwrap_or("LDAP")))
}

async fn provision(session: Session, body: Body) -> Answer<()> {
    session.may_edit_accounts().await?;
    Err(ApiError::supplier_off(body.text("userSourceType").unwrap_or("LDAP")))
}

async fn resync(session: Session) -> Answer<()> {
    session.may_edit_accounts().await?;
    Err(ApiError::supplier_off("of its users"))
}
