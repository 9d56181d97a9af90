//! The LDAP supplier: settings, people, accounts on demand (wire-facts 5.4, 5.6).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::{Asked, Fetched, Id, Node, Sent, Who, text};
use crate::answer::{Answer, Refusal, reported};
use crate::caller::Caller;
use crate::server::Shared;
use crate::state::supplier::Search;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/admin/iam/ldap-settings", get(ldap_settings).put(save_ldap_settings))
        .route("/admin/external-users", get(external_users))
        .route("/admin/external-groups", get(external_groups))
        // The REST reference documents other paths than the client uses (wire-facts 7.9).
        .route("/admin/users/actions/external-users", get(external_users))
        .route("/admin/users/actions/external-groups", get(external_groups))
        .route("/admin/users/actions/provision", post(provision))
        .route("/admin/users/actions/resync-multi", post(resync_many))
        .route("/admin/users/{login}/actions/resync", post(resync_one))
}

async fn ldap_settings(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    node.state().ldap_settings_json().map(Json)
}

async fn save_ldap_settings(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    node.state().set_ldap_settings(sent.0)?;
    Ok(reported("Saved LDAP settings"))
}

async fn external_users(State(node): Node, Extension(caller): Who, Query(query): Asked) -> Fetched {
    caller.must_be_admin()?;
    let source = source(text(&query, "userSourceType"))?;
    let wanted = Search {
        login: text(&query, "login"),
        email: text(&query, "email"),
        group: text(&query, "groupName"),
    };
    let found = node.state().external_users(&source, &wanted);
    task(&node, &caller, found)
}

async fn external_groups(
    State(node): Node,
    Extension(caller): Who,
    Query(query): Asked,
) -> Fetched {
    caller.must_be_admin()?;
    let source = source(text(&query, "userSourceType"))?;
    let found = node.state().external_groups(&source);
    task(&node, &caller, found)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provisioning {
    user_source_type: String,
    users: Vec<Provisioned>,
}

#[derive(Deserialize)]
struct Provisioned {
    login: String,
}

async fn provision(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    let wanted: Provisioning = sent.read()?;
    let logins: Vec<String> = wanted.users.into_iter().map(|user| user.login).collect();
    let result = {
        let mut state = node.state();
        state.must_allow_provisioning(&wanted.user_source_type)?;
        state.provision(&logins)
    };
    task(&node, &caller, result)
}

async fn resync_many(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    let logins: Option<Vec<String>> = sent.read()?;
    resync(&node, &caller, logins.as_deref())
}

async fn resync_one(State(node): Node, Extension(caller): Who, Path(login): Id) -> Fetched {
    caller.must_be_admin()?;
    node.state().user(&login)?;
    resync(&node, &caller, Some(&[login]))
}

fn resync(node: &Arc<Shared>, caller: &Caller, logins: Option<&[String]>) -> Fetched {
    let result = {
        let mut state = node.state();
        state.must_allow_sync()?;
        state.resync(logins)
    };
    task(node, caller, result)
}

fn source(named: Option<String>) -> Answer<String> {
    named.ok_or_else(|| Refusal::illegal("userSourceType is missing"))
}

fn task(node: &Arc<Shared>, caller: &Caller, result: Answer<Value>) -> Fetched {
    super::futures::start(node, caller, result).map(Json)
}
