use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use project_deployer::core::rights::GlobalRight;
use project_deployer::{Authentication, DeployerError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::request::{Answer, Body, Caller};
use crate::operations::{ClientAddress, Refused};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(me)).routes(routes!(change_password))
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Me {
    /// The login that requests are carried out for.
    login: String,
    /// The name for people.
    display_name: String,
    /// The groups.
    groups: Vec<String>,
    /// Whether the caller may do everything.
    global_admin: bool,
    /// Whether the caller may create published projects.
    may_create_projects: bool,
    /// Whether the caller is a user of this Deployer; otherwise an API key or a caller of the host.
    is_user: bool,
    /// How the request was authenticated: `api-key`, `session` or `host`.
    authentication: &'static str,
}

/// The caller with its groups and global rights.
#[utoipa::path(get, path = "/me", operation_id = "getMe", tag = "me", responses((status = 200, body = Me)))]
async fn me(caller: Caller) -> Answer<Json<Me>> {
    let rights = caller.caller().await?;
    let display_name = match caller.principal.is_user() {
        true => caller.visible_user(&rights.login).await?.display_name,
        false => rights.login.to_string(),
    };
    Ok(Json(Me {
        login: rights.login.to_string(),
        display_name,
        groups: rights.groups.iter().map(ToString::to_string).collect(),
        global_admin: rights.global_admin,
        may_create_projects: rights.global_admin
            || rights.global_rights.contains(&GlobalRight::CreatePublishedProjects),
        is_user: caller.principal.is_user(),
        authentication: match caller.principal.authentication() {
            Authentication::ApiKey { .. } => "api-key",
            Authentication::Session => "session",
            _ => "host",
        },
    }))
}

/// A change of the caller's password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PasswordChange {
    /// The password until now.
    old: String,
    /// The new one: 12 characters or more.
    #[schema(min_length = 12, max_length = 1024)]
    new: String,
}

/// Change the caller's password. All sessions of the caller end.
#[utoipa::path(put, path = "/me/password", operation_id = "changeOwnPassword", tag = "me",
    request_body = PasswordChange, responses((status = 204)))]
async fn change_password(
    State(context): State<ServiceContext>,
    caller: Caller,
    address: Option<Extension<ClientAddress>>,
    Body(change): Body<PasswordChange>,
) -> Answer<StatusCode> {
    // Whoever has a session or a key must not guess the password either.
    let from = address.map(|Extension(address)| address.0);
    let (logins, login) = (&context.operations.logins, caller.principal.login().clone());
    logins.begin(from, login.as_str()).map_err(Refused::Logins)?;
    let changed = caller.change_own_password(change.old.into(), change.new.into()).await;
    match &changed {
        Ok(()) => logins.succeeded(from, login.as_str()),
        Err(DeployerError::PasswordWrong) => {}
        Err(_) => logins.undecided(from, login.as_str()),
    }
    Ok(changed.map(|()| StatusCode::NO_CONTENT)?)
}
