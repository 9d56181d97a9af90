//! Connections (wire-facts 3.3).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::{Asked, Fetched, Id, Node, Sent, Who, text};
use crate::answer::{Answer, Refusal, report, reported};
use crate::seed::{MockConnection, Quirk};
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/admin/connections", get(connections).post(create_connection))
        .route(
            "/admin/connections/{name}",
            get(connection).put(save_connection).delete(delete_connection),
        )
        .route("/connections/get-names", get(usable_connections))
        .route("/connections/{name}/info", get(connection_info))
        .route("/connections/{name}/test", get(test_connection))
}

/// A map, not a list.
async fn connections(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    let state = node.state();
    let redacts = state.has(Quirk::ConnectionSecretsAreRedacted);
    let reported =
        |(name, known): (&String, &MockConnection)| (name.clone(), known.to_json(redacts));
    let entries = state.connections.iter().map(reported);
    Ok(Json(Value::Object(entries.collect::<Map<_, _>>())))
}

async fn connection(State(node): Node, Extension(caller): Who, Path(name): Id) -> Fetched {
    caller.must_be_admin()?;
    let state = node.state();
    let redacts = state.has(Quirk::ConnectionSecretsAreRedacted);
    let found = state.connections.get(&name);
    found.map(|known| Json(known.to_json(redacts))).ok_or_else(|| no_connection(&name))
}

async fn create_connection(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    let name = sent.text("name").ok_or_else(|| Refusal::illegal("The connection has no name"))?;
    let mut state = node.state();
    if state.connections.contains_key(&name) {
        return Err(Refusal::illegal(format!("Connection exists already: {name}")));
    }
    let connection = read_connection(&name, &sent.0)?;
    state.connections.insert(name.clone(), connection);
    Ok(reported(format!("Created connection {name}")))
}

async fn save_connection(
    State(node): Node,
    Extension(caller): Who,
    Path(name): Id,
    sent: Sent,
) -> Fetched {
    caller.must_be_admin()?;
    let mut state = node.state();
    let connection = read_connection(&name, &sent.0)?;
    match state.connections.get_mut(&name) {
        Some(known) => *known = connection,
        None => return Err(no_connection(&name)),
    }
    Ok(Json(json!({"messages": report(&[])})))
}

async fn delete_connection(
    State(node): Node,
    Extension(caller): Who,
    Path(name): Id,
) -> Answer<()> {
    caller.must_be_admin()?;
    let removed = node.state().connections.remove(&name);
    removed.map(drop).ok_or_else(|| no_connection(&name))
}

fn read_connection(name: &str, document: &Value) -> Answer<MockConnection> {
    MockConnection::from_json(name, document)
        .ok_or_else(|| Refusal::illegal("The connection has no type"))
}

fn no_connection(name: &str) -> Refusal {
    Refusal::not_found("Connection", name)
}

/// The names of those that the caller may use; all callers may list them.
async fn usable_connections(
    State(node): Node,
    Extension(caller): Who,
    Query(query): Asked,
) -> Json<Value> {
    let kind = text(&query, "type").filter(|kind| kind != "all");
    let state = node.state();
    let of_kind = |known: &&MockConnection| kind.as_ref().is_none_or(|kind| *kind == known.kind);
    let usable = state.connections.values().filter(of_kind).filter(|known| caller.may_use(known));
    Json(usable.map(|known| json!(known.name)).collect())
}

/// Who may read details is not seeded: administrators may.
async fn connection_info(State(node): Node, Extension(caller): Who, Path(name): Id) -> Fetched {
    caller.must_be_admin()?;
    let state = node.state();
    let redacts = state.has(Quirk::ConnectionSecretsAreRedacted);
    let known = state.connections.get(&name).ok_or_else(|| no_connection(&name))?;
    Ok(Json(known.info_json(redacts)))
}

/// A connection that is there works.
async fn test_connection(State(node): Node, Extension(caller): Who, Path(name): Id) -> Fetched {
    let state = node.state();
    let known = state.connections.get(&name).ok_or_else(|| no_connection(&name))?;
    if caller.may_use(known) {
        return Ok(Json(json!({"connectionOK": true})));
    }
    Err(Refusal::forbidden(format!("{} may not use connection {name}", caller.name())))
}
