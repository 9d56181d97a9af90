//! Who am I, what is this node, its general settings (wire-facts 3.1, 5.7).

use serde_json::{Value, json};

use super::Fetched;
use crate::answer::reported;
use crate::api::{ApiCall, Routes};
use crate::state::NodeState;

pub(super) fn routes() -> Routes {
    Routes::of_node()
        .get("/auth/info", |_, call| NodeState::auth_info(&call.caller, call.is_set("withSecrets")))
        .get("/instance-info", instance_info)
        .for_admins()
        .get("/admin/licensing/status", |_, _| {
            let profiles = ["FULL_DESIGNER", "DATA_DESIGNER", "AI_CONSUMER", "READER"];
            json!({"limits": {"licensedProfiles": profiles}})
        })
        .get("/admin/general-settings", |node, _| node.general_settings_json())
        .put("/admin/general-settings", save_general_settings)
}

fn instance_info(node: &mut NodeState, _: &ApiCall) -> Value {
    json!({
        "nodeId": node.node_id,
        "nodeName": node.node_name,
        "nodeType": node.kind,
        "dssVersion": node.version,
        "dipInstanceId": node.instance_id,
    })
}

fn save_general_settings(node: &mut NodeState, call: &ApiCall) -> Fetched {
    node.set_general_settings(&call.object()?)?;
    Ok(reported("Saved general settings"))
}
