use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use project_deployer::core::GroupName;
use project_deployer::{ApiKey, ApiKeyRequest, ApiKeyRights};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::conditional::{IfMatch, Tagged, lost};
use super::idempotency::ShownOnce;
use super::page::{Page, PageQuery};
use super::problem::Problem;
use super::reply::{Created, segment};
use super::request::{Answer, Body, Caller, Ids, Parameters, id, optional_id};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(one, change, delete))
}

/// An API key. Its secret is not kept.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Key {
    /// Its id, which is no secret.
    id: String,
    /// Its label.
    label: String,
    /// What it is for.
    description: String,
    /// Who created it.
    created_by: String,
    /// When, in milliseconds since 1970.
    created_on: i64,
    /// The user of a personal key, or the user that a global one acts as.
    user: Option<String>,
    /// Whether it is a global key, with rights of its own.
    global: bool,
    /// Whether a global key may do everything.
    admin: bool,
    /// The groups that give rights to a global key.
    groups: Vec<String>,
}

impl From<ApiKey> for Key {
    fn from(key: ApiKey) -> Self {
        let (user, global, admin, groups) = match key.rights {
            ApiKeyRights::Personal { user } => (Some(user), false, false, Vec::new()),
            ApiKeyRights::Global { admin, groups, acts_as } => (acts_as, true, admin, groups),
            _ => (None, true, false, Vec::new()),
        };
        Self {
            id: key.id,
            label: key.label,
            description: key.description,
            created_by: key.created_by.to_string(),
            created_on: key.created_on.as_millis(),
            user: user.map(|login| login.to_string()),
            global,
            admin,
            groups: groups.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A key to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewKey {
    /// Its label.
    #[serde(default)]
    label: String,
    /// What it is for.
    #[serde(default)]
    description: String,
    /// The user of a personal key, the caller by default; or the user that a global key acts as.
    user: Option<String>,
    /// Whether it is a global key, with rights of its own.
    #[serde(default)]
    global: bool,
    /// Whether a global key may do everything.
    #[serde(default)]
    admin: bool,
    /// The groups that give rights to a global key.
    #[serde(default)]
    groups: Vec<String>,
}

/// What to change of a key. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyChange {
    /// Its label.
    label: Option<String>,
    /// What it is for.
    description: Option<String>,
    /// Whether a global key may do everything.
    admin: Option<bool>,
    /// The groups that give rights to a global key.
    groups: Option<Vec<String>>,
}

/// A key that was just created, with its secret.
#[derive(Serialize, ToSchema)]
struct CreatedKey {
    /// The key.
    key: Key,
    /// The text that authenticates. Nobody can read it again.
    secret: String,
}

/// Whose keys to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct KeyQuery {
    /// Only those of this user.
    user: Option<String>,
}

/// The id of a key, which is hexadecimal. No key has another one.
fn key_in(ids: &Ids) -> Answer<&str> {
    let id = ids.text("key");
    let is_id = !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { Ok(id) } else { Err(Problem::not_found("API key", id)) }
}

/// List the API keys: one's own, or all of them for an administrator.
#[utoipa::path(get, path = "/keys", operation_id = "listKeys", tag = "keys", params(KeyQuery, PageQuery),
    responses((status = 200, body = Page<Key>)))]
async fn list(
    caller: Caller,
    Parameters(query): Parameters<KeyQuery>,
    Parameters(page): Parameters<PageQuery>,
) -> Answer<Json<Page<Key>>> {
    let mut all: Vec<Key> = caller.api_keys().await?.into_iter().map(Into::into).collect();
    all.retain(|key| query.user.is_none() || key.user == query.user);
    Ok(Json(page.page("keys", all, |key| key.id.clone())?))
}

/// Create an API key. Its secret is in the answer and nowhere else.
#[utoipa::path(post, path = "/keys", operation_id = "createKey", tag = "keys", request_body = NewKey,
    responses((status = 201, body = CreatedKey)))]
async fn create(caller: Caller, Body(new): Body<NewKey>) -> Answer<Response> {
    let user = optional_id("user", new.user.as_deref())?;
    let rights = match (new.global, user) {
        (true, acts_as) => {
            let groups = new.groups.iter().map(|name| id("groups", name)).collect::<Answer<_>>()?;
            ApiKeyRights::Global { admin: new.admin, groups, acts_as }
        }
        (false, _) if new.admin || !new.groups.is_empty() => {
            let text = "a personal key has the rights of its user";
            return Err(Problem::field(
                "global",
                text,
                "leave out `admin` and `groups`, or create a global key",
            ));
        }
        (false, Some(user)) => ApiKeyRights::Personal { user },
        (false, None) if caller.principal.is_user() => {
            ApiKeyRights::Personal { user: caller.principal.login().clone() }
        }
        (false, None) => {
            return Err(Problem::field("user", "it is missing", "name the user of the key"));
        }
    };
    let request = ApiKeyRequest::new(rights, new.label).with_description(new.description);
    let created = caller.create_api_key(request).await?;
    let location = format!("keys/{}", segment(&created.key.id));
    let secret = created.secret.expose_secret().to_owned();
    let mut response =
        Created(location, CreatedKey { key: created.key.into(), secret }).into_response();
    response.extensions_mut().insert(ShownOnce);
    response.headers_mut().insert(
        axum::http::header::CACHE_CONTROL,
        axum::http::HeaderValue::from_static("no-store"),
    );
    Ok(response)
}

/// Get an API key.
#[utoipa::path(get, path = "/keys/{key}", operation_id = "getKey", tag = "keys",
    params(("key" = String, Path, description = "The id of the key")), responses((status = 200, body = Key)))]
async fn one(caller: Caller, ids: Ids) -> Answer<Tagged<Key>> {
    let found = caller.api_key_at(key_in(&ids)?).await?;
    Ok(Tagged(found.revision, found.value.into()))
}

/// Change label, description or rights of an API key. Its secret stays.
#[utoipa::path(patch, path = "/keys/{key}", operation_id = "changeKey", tag = "keys",
    params(("key" = String, Path, description = "The id of the key")), request_body = KeyChange,
    responses((status = 200, body = Key)))]
async fn change(
    caller: Caller,
    ids: Ids,
    matched: IfMatch,
    Body(change): Body<KeyChange>,
) -> Answer<Response> {
    // What is left out stays as it was read, so nobody may change it meanwhile.
    let seen = caller.api_key_at(key_in(&ids)?).await?;
    let expected = matched.optional(seen.revision)?;
    let key = seen.value;
    let parsed = |names: Vec<String>| -> Answer<Vec<GroupName>> {
        names.iter().map(|name| id("groups", name)).collect()
    };
    let rights = match (key.rights, change.admin, change.groups.map(parsed).transpose()?) {
        (ApiKeyRights::Global { admin, groups, acts_as }, new_admin, new_groups) => {
            let (admin, groups) = (new_admin.unwrap_or(admin), new_groups.unwrap_or(groups));
            ApiKeyRights::Global { admin, groups, acts_as }
        }
        (rights, None, None) => rights,
        _ => {
            let fix = "leave out `admin` and `groups`";
            return Err(Problem::field("admin", "a personal key has the rights of its user", fix));
        }
    };
    let request = ApiKeyRequest::new(rights, change.label.unwrap_or(key.label))
        .with_description(change.description.unwrap_or(key.description));
    let edited = caller.expecting(seen.revision).edit_api_key(&key.id, request).await;
    let edited = edited.map_err(lost(expected))?;
    Ok(match caller.api_key_at(&key.id).await {
        Ok(now) => Tagged(now.revision, Key::from(now.value)).into_response(),
        // The change is made. Somebody may have deleted the key since, or taken rights from the caller, or the store does
        // not answer: the answer has no ETag then.
        Err(_) => Json(Key::from(edited)).into_response(),
    })
}

/// Delete an API key. It authenticates nobody from then on.
#[utoipa::path(delete, path = "/keys/{key}", operation_id = "deleteKey", tag = "keys",
    params(("key" = String, Path, description = "The id of the key")), responses((status = 204)))]
async fn delete(caller: Caller, ids: Ids, matched: IfMatch) -> Answer<StatusCode> {
    let id = key_in(&ids)?;
    let expected = matched.of_read(caller.api_key_at(id)).await?;
    caller.at(expected).delete_api_key(id).await.map_err(lost(expected))?;
    Ok(StatusCode::NO_CONTENT)
}
