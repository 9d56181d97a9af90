//! What a Fleet Manager is asked (wire-facts 6.1).

use serde_json::{Value, json};

use super::FleetRequest;
use crate::fleet::instance::{InstanceId, NewInstance};
use crate::request::Method;

fn request(
    operation: impl Into<String>,
    method: Method,
    tenant: &str,
    segments: &[&str],
) -> FleetRequest {
    let segments = [&["api", "public", "tenants", tenant], segments].concat();
    FleetRequest::new(operation, method, &segments)
}

fn read(operation: impl Into<String>, tenant: &str, segments: &[&str]) -> FleetRequest {
    request(operation, Method::Get, tenant, segments).repeatable()
}

/// All instances.
pub fn instances(tenant: &str) -> FleetRequest {
    read("list instances", tenant, &["instances"]).list()
}

/// One instance.
pub fn instance(tenant: &str, id: &InstanceId) -> FleetRequest {
    read(format!("read instance {id}"), tenant, &["instances", id.as_str()])
}

/// The state of an instance.
pub fn status(tenant: &str, id: &InstanceId) -> FleetRequest {
    let operation = format!("read the status of instance {id}");
    read(operation, tenant, &["instances", id.as_str(), "status"])
}

/// The admin key of the node on an instance.
pub fn admin_api_key(tenant: &str, id: &InstanceId) -> FleetRequest {
    let operation = format!("read the admin key of instance {id}");
    read(operation, tenant, &["instances", id.as_str(), "admin-api-key"])
}

/// All virtual networks.
pub fn virtual_networks(tenant: &str) -> FleetRequest {
    read("list virtual networks", tenant, &["virtual-networks"]).list()
}

/// A new instance, which is not provisioned yet.
pub fn create(tenant: &str, instance: &NewInstance) -> FleetRequest {
    let operation = format!("create instance {}", instance.label);
    let mut body = instance.options.clone();
    let fixed = [
        ("label", &instance.label),
        ("instanceSettingsTemplateId", &instance.settings_template),
        ("virtualNetworkId", &instance.virtual_network),
        ("imageId", &instance.image),
        // Lower case here, upper case everywhere else.
        ("dssNodeType", &instance.node_type.to_string().to_lowercase()),
    ];
    body.extend(fixed.map(|(name, value)| (name.to_owned(), json!(value))));
    request(operation, Method::Post, tenant, &["instances"]).with_body(Value::Object(body))
}

/// An action on an instance. It is a GET that changes the instance: never repeated unasked.
fn action(operation: String, tenant: &str, id: &InstanceId, action: &str) -> FleetRequest {
    request(operation, Method::Get, tenant, &["instances", id.as_str(), "actions", action])
}

/// Gives an instance its machine; one that has a machine gets a new one.
pub fn provision(tenant: &str, id: &InstanceId) -> FleetRequest {
    action(format!("provision instance {id}"), tenant, id, "reprovision")
}

/// Starts the machine of an instance that is provisioned.
pub fn start(tenant: &str, id: &InstanceId) -> FleetRequest {
    action(format!("start instance {id}"), tenant, id, "start")
}

/// The state of a task, its result included.
pub fn future(tenant: &str, id: &str) -> FleetRequest {
    read("wait for a task", tenant, &["futures", id]).with_query("peek", "false")
}
