use axum::routing::post;
use axum::{Json, Router};
use project_deployer::DeployerSession;
use project_deployer::core::Login;
use project_deployer::core::accounts::User;
use project_deployer::core::document::Document as _;
use serde_json::{Value, json};

use super::error::ApiError;
use super::request::{Answer, Body, Parameters, Session, written};
use crate::service::ServiceContext;

/// How many users one call is about. Each of them is a change of its own.
const MOST: usize = 10_000;

/// Many users in one call (wire-facts 5.2). Each has an outcome of its own: one that is refused stops no other.
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new().route("/admin/users/actions/bulk", post(create).put(change).delete(delete))
}

async fn create(session: Session, body: Body) -> Answer<Json<Value>> {
    let mut outcomes = Vec::new();
    for mut new in entries(&session, body).await? {
        // A password is not kept, as where one user is created.
        if let Some(fields) = new.as_object_mut() {
            fields.remove("password");
        }
        let login = login_of(&new);
        let done = async {
            let user = User::from_document(new)?;
            Ok(session.create_user(&user).await?)
        };
        outcomes.push(outcome(&login, done.await));
    }
    Ok(Json(outcomes.into()))
}

/// Each entry has the login and the fields that change.
async fn change(session: Session, body: Body) -> Answer<Json<Value>> {
    let mut outcomes = Vec::new();
    for fields in entries(&session, body).await? {
        let login = login_of(&fields);
        outcomes.push(outcome(&login, change_one(&session, fields).await));
    }
    Ok(Json(outcomes.into()))
}

async fn change_one(session: &DeployerSession, fields: Value) -> Answer<()> {
    let login: Login = login_of(&fields).parse().map_err(|_| no_user(&fields))?;
    let found = session.user_at(&login).await?;
    let mut document = written(&found.value)?.0;
    if let (Some(all), Value::Object(changes)) = (document.as_object_mut(), fields) {
        all.extend(changes.into_iter().filter(|(name, _)| name != "password"));
    }
    let user = User::from_document(document)?;
    // Of what was read: nobody's change in between is undone.
    Ok(session.expecting(found.revision).edit_user(&user).await?)
}

async fn delete(session: Session, query: Parameters, body: Body) -> Answer<Json<Value>> {
    let mut outcomes = Vec::new();
    for entry in entries(&session, body).await? {
        let text = entry.as_str().unwrap_or_default().to_owned();
        let done = async {
            let login: Login = text.parse().map_err(|_| no_user(&entry))?;
            if login == *session.principal.login() && !query.is_true("allowSelfDeletion") {
                let text = "you would delete yourself; send allowSelfDeletion=true if you mean it";
                return Err(ApiError::bad_request(text));
            }
            Ok(session.delete_user(&login).await?)
        };
        let done = done.await;
        outcomes.push(outcome(&text, done));
    }
    Ok(Json(outcomes.into()))
}

/// The entries of a list, for callers who may change accounts.
async fn entries(session: &Session, body: Body) -> Answer<Vec<Value>> {
    session.may_edit_accounts().await?;
    match body.0 {
        Value::Array(entries) if entries.len() <= MOST => Ok(entries),
        Value::Array(_) => {
            Err(ApiError::bad_request(format!("the list has more than {MOST} entries; send fewer")))
        }
        _ => Err(ApiError::bad_request("the body is not a list; send a JSON list")),
    }
}

fn login_of(fields: &Value) -> String {
    fields["login"].as_str().unwrap_or_default().to_owned()
}

fn no_user(entry: &Value) -> ApiError {
    let text = entry.as_str().map_or_else(|| login_of(entry), str::to_owned);
    ApiError::not_found("user", &text)
}

fn outcome(login: &str, done: Answer<()>) -> Value {
    match done {
        Ok(()) => json!({"login": login, "status": "SUCCESS", "error": ""}),
        Err(error) => json!({"login": login, "status": "FAILURE", "error": error.message()}),
    }
}
