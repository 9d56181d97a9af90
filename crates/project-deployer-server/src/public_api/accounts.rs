use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use project_deployer::core::accounts::{Group, User};
use project_deployer::core::{GroupName, Login};
use serde_json::{Value, json};

use super::error::ApiError;
use super::infras::same_id;
use super::request::{Answer, Body, Ids, Parameters, Session, done, written};
use crate::service::ServiceContext;

/// Users (wire-facts 3.2, 5.1).
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new()
        .route("/users", get(visible_list))
        .route("/users/{login}", get(visible))
        .route("/current-user", get(current).put(save_current))
        .route("/admin/users", get(list).post(create))
        .route("/admin/users/{login}", get(one).put(save).delete(delete))
        .route("/admin/users/{login}/activity", get(activity))
        .route("/admin/users-activity", get(activity))
        .route("/admin/list-trial-expired-users", get(expired_trials))
        .route("/admin/authorization-matrix", get(authorization_matrix))
}

fn login_in(ids: &Ids) -> Answer<Login> {
    ids.read("login", "user")
}

/// What everybody may read of a user.
fn visible_fields(user: &User) -> Value {
    json!({
        "login": user.login,
        "displayName": user.display_name,
        "groups": user.groups,
        "email": user.email,
        "enabled": user.enabled,
    })
}

async fn visible_list(session: Session) -> Answer<Json<Value>> {
    Ok(Json(session.visible_users().await?.iter().map(visible_fields).collect()))
}

async fn visible(session: Session, ids: Ids) -> Answer<Json<Value>> {
    Ok(Json(visible_fields(&session.visible_user(&login_in(&ids)?).await?)))
}

async fn current(session: Session) -> Answer<Json<Value>> {
    as_user(&session)?;
    all_fields(&session.own_user().await?).map(Json)
}

fn as_user(session: &Session) -> Answer<()> {
    if session.principal.is_user() {
        return Ok(());
    }
    Err(ApiError::bad_request("the caller is an API key and no user; use a personal key"))
}

/// Properties and preferences are the user's own. What would be lost is refused.
async fn save_current(session: Session, body: Body) -> Answer<Json<Value>> {
    as_user(&session)?;
    let Value::Object(sent) = body.0 else {
        return Err(ApiError::bad_request("the body is not an object; send a JSON object"));
    };
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(entries) => entries.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    if ["secrets", "credentials"]
        .iter()
        .any(|field| sent.get(*field).is_some_and(|it| !is_empty(it)))
    {
        let fix = "keep them on the nodes, which use them";
        return Err(ApiError::not_served("to keep secrets and credentials of a user", fix));
    }
    session.edit_own_user(&sent).await?;
    Ok(done(format!("Edited user {}", session.principal.login())))
}

/// Nothing here notes when somebody was seen last.
async fn activity(session: Session) -> Answer<()> {
    session.may_edit_accounts().await?;
    Err(ApiError::not_served("to report when users were active", "read the audit"))
}

/// Users have no trials.
async fn expired_trials(session: Session) -> Answer<Json<Value>> {
    session.may_edit_accounts().await?;
    Ok(Json(json!([])))
}

/// Global rights of all users and groups. What is in an entry is our choice (wire-facts 5.5).
async fn authorization_matrix(session: Session) -> Answer<Json<Value>> {
    let (users, groups) = (session.users().await?, session.groups().await?);
    let rights = |names: &[GroupName]| {
        let any = |has: fn(&Group) -> bool| {
            groups.iter().filter(|group| names.contains(&group.name)).any(has)
        };
        let publishes = any(|group| group.admin || group.may_create_published_projects);
        json!({"admin": any(|group| group.admin), "mayCreatePublishedProjects": publishes})
    };
    let of_user = |user: &User| {
        let mut entry = rights(&user.groups);
        entry["login"] = json!(user.login);
        entry["enabled"] = json!(user.enabled);
        entry
    };
    let of_group = |group: &Group| {
        let mut entry = rights(std::slice::from_ref(&group.name));
        entry["group"] = json!(group.name);
        entry
    };
    Ok(Json(json!({
        "perUser": users.iter().map(of_user).collect::<Vec<_>>(),
        "perGroup": groups.iter().map(of_group).collect::<Vec<_>>(),
    })))
}

/// All fields, with those that clients expect to be there (wire-facts 5.1).
fn all_fields(user: &User) -> Answer<Value> {
    let mut fields = json!({
        "email": null,
        "userProfile": null,
        "codeAllowed": false,
        "userProperties": {},
        "adminProperties": {},
        "secrets": [],
        "credentials": {},
    });
    if let (Value::Object(all), Value::Object(own)) = (&mut fields, written(user)?.0) {
        all.extend(own);
    }
    Ok(fields)
}

async fn list(session: Session) -> Answer<Json<Value>> {
    let users = session.users().await?;
    Ok(Json(Value::Array(users.iter().map(all_fields).collect::<Answer<_>>()?)))
}

/// A password is not kept: users authenticate with API keys, or as the host says.
async fn create(session: Session, mut body: Body) -> Answer<(StatusCode, Json<Value>)> {
    without_password(&mut body);
    let user = body.document::<User>()?;
    session.create_user(&user).await?;
    Ok((StatusCode::CREATED, done(format!("Created user {}", user.login))))
}

async fn one(session: Session, ids: Ids) -> Answer<Json<Value>> {
    all_fields(&session.user_settings(&login_in(&ids)?).await?).map(Json)
}

async fn save(session: Session, ids: Ids, mut body: Body) -> Answer<Json<Value>> {
    without_password(&mut body);
    let (login, user) = (login_in(&ids)?, body.document::<User>()?);
    same_id(login.as_str(), user.login.as_str())?;
    session.edit_user(&user).await?;
    Ok(done(format!("Edited user {login}")))
}

async fn delete(session: Session, ids: Ids, query: Parameters) -> Answer<()> {
    let login = login_in(&ids)?;
    if login == *session.principal.login() && !query.is_true("allowSelfDeletion") {
        let text = "you would delete yourself; send allowSelfDeletion=true if you mean it";
        return Err(ApiError::bad_request(text));
    }
    Ok(session.delete_user(&login).await?)
}

fn without_password(body: &mut Body) {
    if let Some(fields) = body.0.as_object_mut() {
        fields.remove("password");
    }
}
