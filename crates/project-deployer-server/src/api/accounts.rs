//! Users and groups.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use project_deployer::core::accounts::{Group as CoreGroup, User as CoreUser};
use project_deployer::core::{GroupName, Login};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conditional::{IfMatch, Tagged, lost, saved};
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::reply::{Created, segment};
use super::request::{Answer, Body, Caller, Ids, Parameters, id, word};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new()
        .routes(routes!(list_users, create_user))
        .routes(routes!(user, save_user, delete_user))
        .routes(routes!(set_password, remove_password))
        .routes(routes!(list_groups, create_group))
        .routes(routes!(group, save_group, delete_group))
}

/// A user as every caller sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserSummary {
    /// The login.
    login: String,
    /// The name for people.
    display_name: String,
    /// The groups.
    groups: Vec<String>,
    /// Whether the user may log in.
    enabled: bool,
}

/// A user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct User {
    /// The login.
    login: String,
    /// The name for people; the login by default.
    #[serde(default)]
    display_name: String,
    /// The address for mails.
    #[serde(default)]
    email: Option<String>,
    /// The groups.
    #[serde(default)]
    groups: Vec<String>,
    /// Where the user comes from: `LOCAL` by default.
    #[serde(default = "local")]
    source_type: String,
    /// Whether the user may log in.
    #[serde(default = "yes")]
    enabled: bool,
    /// When the password was set, in milliseconds since 1970; none if there is none. It is ignored in requests.
    #[serde(default)]
    #[schema(read_only)]
    password_set_on: Option<i64>,
}

fn local() -> String {
    "LOCAL".to_owned()
}

fn yes() -> bool {
    true
}

/// A group.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Group {
    /// The name.
    name: String,
    /// What it is for.
    #[serde(default)]
    description: String,
    /// Whether its members may do everything.
    #[serde(default)]
    admin: bool,
    /// Whether its members may create published projects.
    #[serde(default)]
    may_create_published_projects: bool,
}

/// A group as every caller sees it.
#[derive(Debug, Serialize, ToSchema)]
struct GroupSummary {
    /// The name.
    name: String,
    /// What it is for.
    description: String,
}

/// Only names that contain a text.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct NameQuery {
    /// Only those whose name contains this text.
    text: Option<String>,
}

/// A password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Password {
    /// 12 characters or more.
    #[schema(min_length = 12, max_length = 1024)]
    password: String,
}

fn login_in(ids: &Ids) -> Answer<Login> {
    ids.read("login", "user")
}

fn group_in(ids: &Ids) -> Answer<GroupName> {
    ids.read("group", "group")
}

/// List the users, by login.
#[utoipa::path(get, path = "/users", operation_id = "listUsers", tag = "users", params(NameQuery, PageQuery),
    responses((status = 200, body = Page<UserSummary>)))]
async fn list_users(
    caller: Caller,
    Parameters(query): Parameters<NameQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> Answer<Json<Page<UserSummary>>> {
    let text = query.text.unwrap_or_default().to_lowercase();
    let mut all = caller.visible_users().await?;
    let has = |value: &str| value.to_lowercase().contains(&text);
    all.retain(|user| has(user.login.as_str()) || has(&user.display_name));
    let page = page.page("users", all, |user| user.login.to_string())?;
    Ok(Json(page.map(|user| UserSummary {
        login: user.login.to_string(),
        groups: user.groups.iter().map(ToString::to_string).collect(),
        display_name: user.display_name,
        enabled: user.enabled,
    })))
}

/// Create a user, without a password.
#[utoipa::path(post, path = "/users", operation_id = "createUser", tag = "users", request_body = User,
    responses((status = 201, body = User)))]
async fn create_user(caller: Caller, Body(new): Body<User>) -> Answer<Created<User>> {
    let login: Login = id("login", &new.login)?;
    let user = CoreUser::new(login, new.source_type.clone().into());
    let user = changed(user, &new)?;
    caller.create_user(&user).await?;
    Ok(Created(format!("users/{}", segment(&user.login)), shown(&user, None)))
}

/// Get a user.
#[utoipa::path(get, path = "/users/{login}", operation_id = "getUser", tag = "users",
    params(("login" = String, Path, description = "The login")), responses((status = 200, body = User)))]
async fn user(caller: Caller, ids: Ids) -> Answer<Tagged<User>> {
    let login = login_in(&ids)?;
    let found = caller.user_at(&login).await?;
    let password = caller.password_info(&login).await?;
    let set_on = password.map(|password| password.changed_on.as_millis());
    Ok(Tagged(found.revision, shown(&found.value, set_on)))
}

/// Replace a user.
#[utoipa::path(put, path = "/users/{login}", operation_id = "saveUser", tag = "users",
    params(("login" = String, Path, description = "The login")), request_body = User,
    responses((status = 200, body = User), (status = 204, description = "The caller may not read it any more")))]
async fn save_user(
    caller: Caller,
    ids: Ids,
    matched: IfMatch,
    Body(new): Body<User>,
) -> Answer<Response> {
    let login = login_in(&ids)?;
    let found = caller.user_at(&login).await?;
    let expected = matched.required(found.revision)?;
    super::infrastructures::same_id(login.as_str(), &new.login)?;
    if word(&found.value.source_type) != new.source_type {
        return Err(Problem::field(
            "sourceType",
            "it cannot be changed",
            "send the one that the user has",
        ));
    }
    let user = changed(found.value, &new)?;
    caller.at(expected).edit_user(&user).await.map_err(lost(expected))?;
    saved(caller.user_at(&login).await, |user| shown(&user, None))
}

/// Delete a user, with its password, sessions and API keys.
#[utoipa::path(delete, path = "/users/{login}", operation_id = "deleteUser", tag = "users",
    params(("login" = String, Path, description = "The login")), responses((status = 204)))]
async fn delete_user(caller: Caller, ids: Ids, matched: IfMatch) -> Answer<StatusCode> {
    let login = login_in(&ids)?;
    if login == *caller.principal.login() {
        return Err(Problem::new("not-possible", "you would delete yourself")
            .with_fix("ask another administrator"));
    }
    let expected = matched.optional(caller.user_at(&login).await?.revision)?;
    caller.at(expected).delete_user(&login).await.map_err(lost(expected))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set the password of a user. Its sessions end.
#[utoipa::path(put, path = "/users/{login}/password", operation_id = "setPassword", tag = "users",
    params(("login" = String, Path, description = "The login")), request_body = Password,
    responses((status = 204)))]
async fn set_password(caller: Caller, ids: Ids, Body(new): Body<Password>) -> Answer<StatusCode> {
    caller.session.set_password(&login_in(&ids)?, new.password.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove the password of a user. Its sessions end.
#[utoipa::path(delete, path = "/users/{login}/password", operation_id = "removePassword", tag = "users",
    params(("login" = String, Path, description = "The login")), responses((status = 204)))]
async fn remove_password(caller: Caller, ids: Ids) -> Answer<StatusCode> {
    caller.session.remove_password(&login_in(&ids)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A user with what a request says. Fields that this API does not have stay.
fn changed(mut user: CoreUser, new: &User) -> Answer<CoreUser> {
    let groups = new.groups.iter().map(|name| id("groups", name)).collect::<Answer<Vec<_>>>()?;
    user.display_name = match new.display_name.as_str() {
        "" => user.login.to_string(),
        name => name.to_owned(),
    };
    user.email = new.email.clone();
    user.groups = groups;
    user.enabled = new.enabled;
    Ok(user)
}

fn shown(user: &CoreUser, password_set_on: Option<i64>) -> User {
    User {
        login: user.login.to_string(),
        display_name: user.display_name.clone(),
        email: user.email.clone(),
        groups: user.groups.iter().map(ToString::to_string).collect(),
        source_type: word(&user.source_type),
        enabled: user.enabled,
        password_set_on,
    }
}

/// List the groups, by name.
#[utoipa::path(get, path = "/groups", operation_id = "listGroups", tag = "groups", params(NameQuery, PageQuery),
    responses((status = 200, body = Page<GroupSummary>)))]
async fn list_groups(
    caller: Caller,
    Parameters(query): Parameters<NameQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> Answer<Json<Page<GroupSummary>>> {
    let text = query.text.unwrap_or_default().to_lowercase();
    let mut all = caller.visible_groups().await?;
    all.retain(|group| group.name.as_str().to_lowercase().contains(&text));
    let page = page.page("groups", all, |group| group.name.to_string())?;
    Ok(Json(page.map(|group| GroupSummary {
        name: group.name.to_string(),
        description: group.description,
    })))
}

/// Create a group.
#[utoipa::path(post, path = "/groups", operation_id = "createGroup", tag = "groups", request_body = Group,
    responses((status = 201, body = Group)))]
async fn create_group(caller: Caller, Body(new): Body<Group>) -> Answer<Created<Group>> {
    let group = changed_group(CoreGroup::new(id("name", &new.name)?), &new);
    caller.create_group(&group).await?;
    Ok(Created(format!("groups/{}", segment(&group.name)), shown_group(&group)))
}

/// Get a group.
#[utoipa::path(get, path = "/groups/{group}", operation_id = "getGroup", tag = "groups",
    params(("group" = String, Path, description = "The name of the group")),
    responses((status = 200, body = Group)))]
async fn group(caller: Caller, ids: Ids) -> Answer<Tagged<Group>> {
    let found = caller.group_at(&group_in(&ids)?).await?;
    Ok(Tagged(found.revision, shown_group(&found.value)))
}

/// Replace a group.
#[utoipa::path(put, path = "/groups/{group}", operation_id = "saveGroup", tag = "groups",
    params(("group" = String, Path, description = "The name of the group")), request_body = Group,
    responses((status = 200, body = Group), (status = 204, description = "The caller may not read it any more")))]
async fn save_group(
    caller: Caller,
    ids: Ids,
    matched: IfMatch,
    Body(new): Body<Group>,
) -> Answer<Response> {
    let name = group_in(&ids)?;
    let found = caller.group_at(&name).await?;
    let expected = matched.required(found.revision)?;
    super::infrastructures::same_id(name.as_str(), &new.name)?;
    let group = changed_group(found.value, &new);
    caller.at(expected).edit_group(&group).await.map_err(lost(expected))?;
    saved(caller.group_at(&name).await, |group| shown_group(&group))
}

/// Delete a group. Rights that were granted to it stay, and have no effect.
#[utoipa::path(delete, path = "/groups/{group}", operation_id = "deleteGroup", tag = "groups",
    params(("group" = String, Path, description = "The name of the group")), responses((status = 204)))]
async fn delete_group(caller: Caller, ids: Ids, matched: IfMatch) -> Answer<StatusCode> {
    let name = group_in(&ids)?;
    let expected = matched.optional(caller.group_at(&name).await?.revision)?;
    caller.at(expected).delete_group(&name).await.map_err(lost(expected))?;
    Ok(StatusCode::NO_CONTENT)
}

fn changed_group(mut group: CoreGroup, new: &Group) -> CoreGroup {
    group.description.clone_from(&new.description);
    group.admin = new.admin;
    group.may_create_published_projects = new.may_create_published_projects;
    group
}

fn shown_group(group: &CoreGroup) -> Group {
    Group {
        name: group.name.to_string(),
        description: group.description.clone(),
        admin: group.admin,
        may_create_published_projects: group.may_create_published_projects,
    }
}
