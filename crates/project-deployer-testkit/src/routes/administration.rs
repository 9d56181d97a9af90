//! What else administrators ask of a node (wire-facts 1.2, 3.10, 5.1, 5.5, 5.6).

use serde_json::{Value, json};

use super::Fetched;
use crate::answer::{Refusal, reported};
use crate::api::{ApiCall, Routes};
use crate::state::NodeState;
use crate::state::plugins::govern_reference;

pub(super) fn routes() -> Routes {
    Routes::of_node()
        .for_admins()
        .get("/admin/users-activity", activity)
        // No user is on trial.
        .get("/admin/list-trial-expired-users", |_, _| json!([]))
        .get("/admin/authorization-matrix", |node, _| node.authorization_matrix())
        .get("/admin/globalAPIKeys/{secret}", key_by_secret)
        .get("/admin/iam/{supplier}", supplier_settings)
        .put("/admin/iam/{supplier}", save_supplier_settings)
        .get("/admin/variables", |node, _| Value::Object(node.variables.clone()))
        .put("/admin/variables", |node, call| -> Fetched {
            node.variables = call.object()?;
            Ok(reported("Saved variables"))
        })
        .get("/admin/get-govern-node-ref", |node, _| govern_reference(&node.general_settings))
        // There is nothing behind them.
        .post("/admin/govern-integration-sync", sync_govern)
        .post("/admin/govern-integration-deployer-sync", sync_govern)
}

fn activity(node: &mut NodeState, call: &ApiCall) -> Value {
    let only_enabled = call.is_set("enabledUsersOnly");
    let users = node.users.values().filter(|user| user.enabled || !only_enabled);
    users.map(|user| node.activity_json(&user.login)).collect()
}

fn key_by_secret(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let found = node.keys.by_secret(call.id());
    // The secret is none of what an error may show.
    found.map(|key| key.to_json()).ok_or_else(|| Refusal::not_found("API key", "(secret)"))
}

fn supplier_settings(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let found = node.supplier_settings.get(call.id()).cloned();
    found.map(Value::Object).ok_or_else(|| Refusal::not_found("API route", call.id()))
}

fn save_supplier_settings(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let document = call.object()?;
    let known = node.supplier_settings.get_mut(call.id());
    *known.ok_or_else(|| Refusal::not_found("API route", call.id()))? = document;
    Ok(reported(format!("Saved {}", call.id())))
}

fn sync_govern(node: &mut NodeState, call: &ApiCall) -> Fetched {
    node.start_task(&call.caller, Ok(json!({})))
}
