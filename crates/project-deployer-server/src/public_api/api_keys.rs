use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use project_deployer::core::Login;
use project_deployer::{ApiKey, ApiKeyRequest, ApiKeyRights, NewApiKey};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::error::ApiError;
use super::infras::same_id;
use super::request::{Answer, Body, Ids, Session};
use crate::service::ServiceContext;

/// API keys (wire-facts 5.5). The secret is shown once, by the call that creates the key.
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/personal-api-keys", get(own).post(create_own))
        .route("/personal-api-keys/{id}", personal())
        .route("/admin/personal-api-keys", get(all_personal).post(create_personal))
        .route("/admin/personal-api-keys/{id}", personal())
        .route("/admin/global-api-keys", get(all_global).post(create_global))
        .route("/admin/global-api-keys/{id}", global())
        .route("/admin/globalAPIKeys/{secret}", get(by_secret))
}

fn personal() -> MethodRouter<ServiceContext> {
    get(one_personal).put(save_personal).delete(delete_personal)
}

fn global() -> MethodRouter<ServiceContext> {
    get(one_global).put(save_global).delete(delete_global)
}

fn is_personal(key: &ApiKey) -> bool {
    matches!(key.rights, ApiKeyRights::Personal { .. })
}

fn fields(key: &ApiKey) -> Value {
    let mut fields = json!({
        "id": key.id,
        "label": key.label,
        "description": key.description,
        "createdOn": key.created_on,
        "createdBy": key.created_by,
    });
    match &key.rights {
        ApiKeyRights::Personal { user } => fields["user"] = json!(user),
        ApiKeyRights::Global { admin, groups, acts_as } => {
            fields["globalPermissions"] = json!({"admin": admin});
            fields["groups"] = json!(groups);
            fields["dssUserForImpersonation"] = json!(acts_as);
            fields["expiresOn"] = json!(0);
            // The official client does not read a global key without it.
            fields["key"] = json!("********");
        }
        _ => {}
    }
    fields
}

fn with_secret(new: &NewApiKey) -> Json<Value> {
    let mut fields = fields(&new.key);
    fields["key"] = json!(new.secret.expose_secret());
    Json(fields)
}

async fn listed(session: &Session, wanted: impl Fn(&ApiKey) -> bool) -> Answer<Json<Value>> {
    let keys = session.api_keys().await?;
    Ok(Json(keys.iter().filter(|key| wanted(key)).map(fields).collect()))
}

async fn own(session: Session) -> Answer<Json<Value>> {
    let login = session.principal.login();
    let is_own =
        |key: &ApiKey| matches!(&key.rights, ApiKeyRights::Personal { user } if user == login);
    listed(&session, is_own).await
}

async fn all_personal(session: Session) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    listed(&session, is_personal).await
}

async fn all_global(session: Session) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    listed(&session, |key| !is_personal(key)).await
}

async fn one_personal(session: Session, ids: Ids) -> Answer<Json<Value>> {
    one(&session, ids.text("id"), true).await
}

async fn one_global(session: Session, ids: Ids) -> Answer<Json<Value>> {
    one(&session, ids.text("id"), false).await
}

async fn one(session: &Session, id: &str, personal: bool) -> Answer<Json<Value>> {
    Ok(Json(fields(&found(session, id, personal).await?)))
}

/// A key of one of the two kinds.
async fn found(session: &Session, id: &str, personal: bool) -> Answer<ApiKey> {
    let key = session.api_key(id).await?;
    if is_personal(&key) == personal { Ok(key) } else { Err(ApiError::not_found("API key", id)) }
}

async fn create_own(session: Session, body: Body) -> Answer<Json<Value>> {
    if !session.principal.is_user() {
        return Err(ApiError::bad_request("an API key has no personal keys; ask as a user"));
    }
    let user = session.principal.login().clone();
    create(&session, ApiKeyRights::Personal { user }, &body).await
}

async fn create_personal(session: Session, body: Body) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    let user: Login = body.id("user")?;
    create(&session, ApiKeyRights::Personal { user }, &body).await
}

async fn create_global(session: Session, body: Body) -> Answer<Json<Value>> {
    let rights = global_rights(&body)?;
    create(&session, rights, &body).await
}

fn global_rights(body: &Body) -> Answer<ApiKeyRights> {
    let admin = match body.0.pointer("/globalPermissions/admin") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(admin)) => *admin,
        Some(_) => {
            let text = "`globalPermissions.admin` is not true or false; send one of them";
            return Err(ApiError::bad_request(text));
        }
    };
    let acts_as = body.optional_text("dssUserForImpersonation")?.filter(|login| !login.is_empty());
    Ok(ApiKeyRights::Global {
        admin,
        groups: body.ids("groups")?,
        acts_as: acts_as.map(|_| body.id("dssUserForImpersonation")).transpose()?,
    })
}

/// Replaces label and description. A key keeps its user.
async fn save_personal(session: Session, ids: Ids, body: Body) -> Answer<Json<Value>> {
    let found = found(&session, ids.text("id"), true).await?;
    let rights = match body.text("user") {
        Some(_) => ApiKeyRights::Personal { user: body.id("user")? },
        None => found.rights,
    };
    save(&session, &found.id, rights, &body).await
}

async fn save_global(session: Session, ids: Ids, body: Body) -> Answer<Json<Value>> {
    let found = found(&session, ids.text("id"), false).await?;
    save(&session, &found.id, global_rights(&body)?, &body).await
}

async fn save(
    session: &Session,
    id: &str,
    rights: ApiKeyRights,
    body: &Body,
) -> Answer<Json<Value>> {
    same_id(id, body.text("id").unwrap_or(id))?;
    Ok(Json(fields(&session.edit_api_key(id, request(rights, body)?).await?)))
}

/// A secret in a path is written to logs of proxies.
async fn by_secret(session: Session) -> Answer<()> {
    session.may_edit_accounts().await?;
    Err(ApiError::not_served("to find a key by its secret", "find it by its id"))
}

async fn create(session: &Session, rights: ApiKeyRights, body: &Body) -> Answer<Json<Value>> {
    Ok(with_secret(&session.create_api_key(request(rights, body)?).await?))
}

fn request(rights: ApiKeyRights, body: &Body) -> Answer<ApiKeyRequest> {
    if !matches!(body.0, Value::Object(_) | Value::Null) {
        return Err(ApiError::bad_request("the body is not an object; send a JSON object"));
    }
    let label = body.optional_text("label")?.unwrap_or_default();
    let description = body.optional_text("description")?.unwrap_or_default();
    Ok(ApiKeyRequest::new(rights, label).with_description(description))
}

async fn delete_personal(session: Session, ids: Ids) -> Answer<()> {
    delete(&session, ids.text("id"), true).await
}

async fn delete_global(session: Session, ids: Ids) -> Answer<()> {
    delete(&session, ids.text("id"), false).await
}

async fn delete(session: &Session, id: &str, personal: bool) -> Answer<()> {
    Ok(session.delete_api_key(&found(session, id, personal).await?.id).await?)
}
