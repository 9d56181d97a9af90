//! Groups (wire-facts 3.2, 5.3).

use serde_json::{Value, json};

use super::Fetched;
use crate::answer::{Answer, Refusal, reported};
use crate::api::{ApiCall, Created, Routes};
use crate::seed::MockGroup;
use crate::state::NodeState;

pub(super) fn routes() -> Routes {
    const ONE: &str = "/admin/groups/{name}";
    Routes::of_node()
        .get("/groups", public_groups)
        .for_admins()
        .get("/admin/groups", |node, _| -> Fetched { node.groups.values().map(written).collect() })
        .post("/admin/groups", create_group)
        .get(ONE, |node, call| written(node.group(call.id())?))
        .put(ONE, save_group)
        .delete(ONE, |node, call| node.remove_group(call.id()))
}

fn public_groups(node: &mut NodeState, _: &ApiCall) -> Value {
    let reported =
        |group: &MockGroup| json!({"name": group.name, "description": group.description});
    node.groups.values().map(reported).collect()
}

fn create_group(node: &mut NodeState, call: &ApiCall) -> Answer<Created> {
    let group: MockGroup = call.read()?;
    let name = group.name.clone();
    node.add_group(group)?;
    Ok(Created(reported(format!("Created group {name}"))))
}

fn save_group(node: &mut NodeState, call: &ApiCall) -> Fetched {
    node.save_group(call.id(), call.read()?)?;
    Ok(reported(format!("Edited group {}", call.id())))
}

fn written(group: &MockGroup) -> Answer<Value> {
    serde_json::to_value(group).map_err(|error| Refusal::internal(error.to_string()))
}
