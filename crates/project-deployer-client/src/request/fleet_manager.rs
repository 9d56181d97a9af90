//! What a Fleet Manager is asked (wire-facts 6.1).

use project_deployer_core::node::FutureState;

use super::{Call, Method, NodeRequest, fleet_documents};
use crate::fleet::{
    FleetAdminKey, FleetInstance, Gap, InstanceId, InstanceStatus, NewInstance, VirtualNetwork,
};

fn request(
    operation: impl Into<String>,
    method: Method,
    tenant: &str,
    segments: &[&str],
) -> NodeRequest {
    let segments = [&["api", "public", "tenants", tenant], segments].concat();
    NodeRequest::at_root(operation, method, &segments)
}

fn read(operation: impl Into<String>, tenant: &str, segments: &[&str]) -> NodeRequest {
    request(operation, Method::Get, tenant, segments).repeatable()
}

/// All instances; a gap for each that cannot be read.
pub fn instances(tenant: &str) -> Call<Vec<Result<FleetInstance, Gap>>> {
    read("list instances", tenant, &["instances"]).list().reading(fleet_documents::instances)
}

/// One instance.
pub fn instance(tenant: &str, id: &InstanceId) -> Call<FleetInstance> {
    read(format!("read instance {id}"), tenant, &["instances", id.as_str()]).json()
}

/// The state of an instance.
pub fn status(tenant: &str, id: &InstanceId) -> Call<InstanceStatus> {
    let operation = format!("read the status of instance {id}");
    read(operation, tenant, &["instances", id.as_str(), "status"]).json()
}

/// The admin key of the node on an instance.
pub fn admin_api_key(tenant: &str, id: &InstanceId) -> Call<FleetAdminKey> {
    let operation = format!("read the admin key of instance {id}");
    read(operation, tenant, &["instances", id.as_str(), "admin-api-key"])
        .reading(|key| Ok(fleet_documents::admin_key(&key)))
}

/// All virtual networks.
pub fn virtual_networks(tenant: &str) -> Call<Vec<VirtualNetwork>> {
    read("list virtual networks", tenant, &["virtual-networks"]).list().json()
}

/// A new instance, which is not provisioned yet.
pub fn create(tenant: &str, instance: &NewInstance) -> Call<FleetInstance> {
    let operation = format!("create instance {}", instance.label);
    request(operation, Method::Post, tenant, &["instances"]).with_body(instance).json()
}

/// An action on an instance. It is a GET that changes the instance: never repeated unasked.
fn action(operation: String, tenant: &str, id: &InstanceId, action: &str) -> Call<FutureState> {
    request(operation, Method::Get, tenant, &["instances", id.as_str(), "actions", action]).json()
}

/// Gives an instance its machine; one that has a machine gets a new one.
pub fn provision(tenant: &str, id: &InstanceId) -> Call<FutureState> {
    action(format!("provision instance {id}"), tenant, id, "reprovision")
}

/// Starts the machine of an instance that is provisioned.
pub fn start(tenant: &str, id: &InstanceId) -> Call<FutureState> {
    action(format!("start instance {id}"), tenant, id, "start")
}

/// The state of a task, its result included.
pub fn future(tenant: &str, id: &str) -> Call<FutureState> {
    read("wait for a task", tenant, &["futures", id]).with_query("peek", "false").json()
}
