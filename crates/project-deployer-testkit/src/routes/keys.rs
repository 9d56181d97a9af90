//! API keys (wire-facts 5.5).

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use super::{Fetched, Id, Node, Sent, Who};
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::seed::Profile;
use crate::server::Shared;
use crate::state::keys::{ApiKey, KeyRights, NewKey};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/admin/global-api-keys", get(global_keys).post(create_global_key))
        .route("/admin/global-api-keys/{id}", get(global_key).put(save_key).delete(delete_key))
        .route("/admin/personal-api-keys", get(personal_keys).post(create_personal_key))
        .route("/admin/personal-api-keys/{id}", get(key).delete(delete_key))
        .route("/personal-api-keys", get(own_keys).post(create_own_key))
        .route("/personal-api-keys/{id}", get(own_key).put(save_own_key).delete(delete_own_key))
}

fn is_global(rights: &KeyRights) -> bool {
    matches!(rights, KeyRights::Global { .. })
}

fn belongs_to(rights: &KeyRights, caller: &Caller) -> bool {
    matches!(rights, KeyRights::Personal { login } if caller.login.as_ref() == Some(login))
}

async fn global_keys(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    let state = node.state();
    // Keys may be stored hashed since 13.1; an earlier release stores and returns them in clear text.
    let in_clear = state.profile < Profile::V13;
    Ok(Json(state.keys.list_global(in_clear).into()))
}

async fn personal_keys(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    Ok(Json(node.state().keys.list(|rights| !is_global(rights)).into()))
}

async fn own_keys(State(node): Node, Extension(caller): Who) -> Json<Value> {
    Json(node.state().keys.list(|rights| belongs_to(rights, &caller)).into())
}

async fn create_global_key(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    let rights = KeyRights::Global {
        admin: sent_admin(&sent).unwrap_or_default(),
        groups: sent_groups(&sent),
        acts_as: sent.text("dssUserForImpersonation"),
    };
    Ok(make(&node, &caller, &sent, rights))
}

async fn create_personal_key(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    let login = sent.text("user").ok_or_else(|| Refusal::illegal("user is missing"))?;
    node.state().user(&login)?;
    Ok(make(&node, &caller, &sent, KeyRights::Personal { login }))
}

async fn create_own_key(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    let login = caller.login.clone();
    let login = login.ok_or_else(|| Refusal::illegal("A key has no personal keys"))?;
    Ok(make(&node, &caller, &sent, KeyRights::Personal { login }))
}

fn make(node: &Arc<Shared>, caller: &Caller, sent: &Sent, rights: KeyRights) -> Json<Value> {
    let mut state = node.state();
    let new = NewKey {
        label: sent.text("label").unwrap_or_default(),
        description: sent.text("description").unwrap_or_default(),
        created_by: caller.name().to_owned(),
        created_on: state.clock.now(),
        rights,
    };
    let node_id = state.node_id.clone();
    Json(state.keys.make(&node_id, new).to_json_with_secret())
}

async fn global_key(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    caller.must_be_admin()?;
    let state = node.state();
    let key = state.keys.get(&id)?;
    let in_clear = state.profile < Profile::V13;
    Ok(Json(if in_clear { key.to_json_with_secret() } else { key.to_json() }))
}

async fn key(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    caller.must_be_admin()?;
    node.state().keys.get(&id).map(|key| Json(key.to_json()))
}

/// Changes what people call a key, and the rights that are named of a global one.
async fn save_key(State(node): Node, Extension(caller): Who, Path(id): Id, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    let rename = renamed(&sent);
    let change = |key: &mut ApiKey| {
        rename(key);
        if let KeyRights::Global { admin, groups, acts_as } = &mut key.rights {
            *admin = sent_admin(&sent).unwrap_or(*admin);
            if sent.0.get("groups").is_some() {
                *groups = sent_groups(&sent);
            }
            if sent.0.get("dssUserForImpersonation").is_some() {
                *acts_as = sent.text("dssUserForImpersonation");
            }
        }
    };
    node.state().keys.update(&id, change).map(Json)
}

fn sent_admin(sent: &Sent) -> Option<bool> {
    sent.0.pointer("/globalPermissions/admin").and_then(Value::as_bool)
}

fn sent_groups(sent: &Sent) -> BTreeSet<String> {
    let groups = sent.0.get("groups").and_then(Value::as_array).into_iter().flatten();
    groups.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn renamed(sent: &Sent) -> impl FnOnce(&mut ApiKey) {
    let (label, description) = (sent.text("label"), sent.text("description"));
    |key| {
        key.label = label.unwrap_or_default();
        key.description = description.unwrap_or_default();
    }
}

async fn delete_key(State(node): Node, Extension(caller): Who, Path(id): Id) -> Answer<()> {
    caller.must_be_admin()?;
    node.state().keys.remove(&id)
}

async fn own_key(State(node): Node, Extension(caller): Who, Path(id): Id) -> Fetched {
    let state = node.state();
    owned(state.keys.get(&id)?, &caller).map(|key| Json(key.to_json()))
}

async fn save_own_key(
    State(node): Node,
    Extension(caller): Who,
    Path(id): Id,
    sent: Sent,
) -> Fetched {
    let mut state = node.state();
    owned(state.keys.get(&id)?, &caller)?;
    state.keys.update(&id, renamed(&sent)).map(Json)
}

async fn delete_own_key(State(node): Node, Extension(caller): Who, Path(id): Id) -> Answer<()> {
    let mut state = node.state();
    owned(state.keys.get(&id)?, &caller)?;
    state.keys.remove(&id)
}

fn owned<'a>(key: &'a ApiKey, caller: &Caller) -> Answer<&'a ApiKey> {
    if belongs_to(&key.rights, caller) {
        Ok(key)
    } else {
        Err(Refusal::not_found("API key", &key.id))
    }
}
