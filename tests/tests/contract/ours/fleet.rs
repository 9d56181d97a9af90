//! What a Fleet Manager and a Launchpad are asked (wire-facts 6).

use std::sync::Arc;

use project_deployer_client::fleet::{InstanceId, NewInstance};
use project_deployer_client::request::{fleet_manager, launchpad};

use super::{Noted, Operation, operation};

fn id(text: &str) -> InstanceId {
    InstanceId::parse(text).unwrap()
}

fn auto() -> InstanceId {
    id("i-auto-1")
}

fn new() -> NewInstance {
    NewInstance::automation("auto-9", "ist-2", "vn-1", "dss-15.2.0")
}

pub(crate) fn operations(noted: &Arc<Noted>) -> Vec<Operation> {
    let (created, task) = (id(&noted.get("instance")), noted.get("fleet_task"));
    let (provisioned, again) = (created.clone(), created.clone());
    vec![
        operation!(fleet_manager::instances("main"), |us| us.fleet.instances().await),
        operation!(fleet_manager::instance("main", &auto()), |us| us.fleet.instance(&auto()).await),
        operation!(fleet_manager::status("main", &auto()), |us| us.fleet.status(&auto()).await),
        operation!(fleet_manager::admin_api_key("main", &auto()), |us| {
            us.fleet.admin_api_key(&auto()).await
        }),
        operation!(fleet_manager::virtual_networks("main"), |us| {
            us.fleet.virtual_networks().await
        }),
        operation!(fleet_manager::create("main", &new()), |us| us.fleet.create(&new()).await),
        operation!(fleet_manager::provision("main", &created), |us| {
            us.fleet.provision(&provisioned).await
        }),
        operation!(fleet_manager::future("main", &task), |us| {
            let task = us.fleet.provision(&again).await?;
            us.fleet.wait(task).await
        }),
        operation!(fleet_manager::start("main", &auto()), |us| us.fleet.start(&auto()).await),
        operation!(launchpad::nodes("space-1", None), |us| us.launchpad.discover().await),
    ]
}
