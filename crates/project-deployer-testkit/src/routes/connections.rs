//! Connections (wire-facts 3.3).

use serde_json::{Map, Value, json};

use super::Fetched;
use crate::answer::{Answer, Refusal, report, reported};
use crate::api::{ApiCall, Routes};
use crate::seed::{MockConnection, Quirk};
use crate::state::NodeState;

pub(super) fn routes() -> Routes {
    const ONE: &str = "/admin/connections/{name}";
    Routes::of_node()
        .get("/connections/get-names", usable_connections)
        .get("/connections/{name}/test", test_connection)
        .for_admins()
        .get("/admin/connections", connections)
        .post("/admin/connections", create_connection)
        .get(ONE, |node, call| known(node, call).map(|known| known.to_json(redacts(node))))
        .put(ONE, save_connection)
        .delete(ONE, |node, call| {
            node.connections.remove(call.id()).map(drop).ok_or_else(|| no_connection(call.id()))
        })
        // Who may read details is not seeded: administrators may.
        .get("/connections/{name}/info", |node, call| {
            known(node, call).map(|known| known.info_json(redacts(node)))
        })
}

fn redacts(node: &NodeState) -> bool {
    node.has(Quirk::ConnectionSecretsAreRedacted)
}

/// The connection that the path names.
fn known<'a>(node: &'a NodeState, call: &ApiCall) -> Answer<&'a MockConnection> {
    node.connections.get(call.id()).ok_or_else(|| no_connection(call.id()))
}

/// A map, not a list.
fn connections(node: &mut NodeState, _: &ApiCall) -> Value {
    let entry = |known: &MockConnection| (known.name.clone(), known.to_json(redacts(node)));
    Value::Object(node.connections.values().map(entry).collect::<Map<_, _>>())
}

fn create_connection(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let name = call.text("name")?;
    let name = name.ok_or_else(|| Refusal::illegal("The connection has no name"))?;
    if node.connections.contains_key(&name) {
        return Err(Refusal::illegal(format!("Connection exists already: {name}")));
    }
    let connection = read_connection(&name, call)?;
    node.connections.insert(name.clone(), connection);
    Ok(reported(format!("Created connection {name}")))
}

fn save_connection(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let connection = read_connection(call.id(), call)?;
    let known = node.connections.get_mut(call.id());
    *known.ok_or_else(|| no_connection(call.id()))? = connection;
    Ok(json!({"messages": report(&[])}))
}

fn read_connection(name: &str, call: &ApiCall) -> Answer<MockConnection> {
    MockConnection::from_json(name, call.json()?)
        .ok_or_else(|| Refusal::illegal("The connection has no type"))
}

fn no_connection(name: &str) -> Refusal {
    Refusal::not_found("Connection", name)
}

/// The names of those that the caller may use; all callers may list them.
fn usable_connections(node: &mut NodeState, call: &ApiCall) -> Value {
    let kind = call.query("type").filter(|kind| kind != "all");
    let of_kind = |known: &&MockConnection| kind.as_ref().is_none_or(|kind| *kind == known.kind);
    let usable = node.connections.values().filter(of_kind);
    usable.filter(|known| call.caller.may_use(known)).map(|known| json!(known.name)).collect()
}

/// A connection that is there works.
fn test_connection(node: &mut NodeState, call: &ApiCall) -> Fetched {
    if call.caller.may_use(known(node, call)?) {
        return Ok(json!({"connectionOK": true}));
    }
    let (name, connection) = (call.caller.name(), call.id());
    Err(Refusal::forbidden(format!("{name} may not use connection {connection}")))
}
