//! Discovery: the nodes of a fleet, and what it reports about them.

use project_deployer_client::fleet::{
    AdminKeys, Completeness, FleetAdminKey, FleetNodeState, FleetUrl, NewInstance, Registration,
    Unknown,
};

use super::{address, fleet, id, launchpad, mock_fleet, mock_launchpad};

#[tokio::test]
async fn a_fleet_manager_tells_its_nodes_with_address_key_and_state() {
    // I1
    let mock = mock_fleet().await;
    let found = fleet(&mock).discover(AdminKeys::Ask).await.unwrap();
    assert_eq!(found.completeness, Completeness::Whole);
    assert_eq!(found.service, mock.url());
    let labels: Vec<_> = found.nodes.iter().map(|node| node.label.as_str()).collect();
    assert_eq!(labels, ["auto-1", "auto-2", "design-1"]);
    let [auto, bare, design] = found.nodes.as_slice() else { panic!("{found:?}") };
    assert_eq!(auto.url, FleetUrl::Known(address("https://auto-1.example.test:11200")));
    assert!(matches!(auto.admin_key, FleetAdminKey::Known(_)));
    assert_eq!(
        (&auto.state, &auto.registration),
        (&FleetNodeState::MachineUp, &Registration::Automatic)
    );
    assert_eq!(bare.url, FleetUrl::NotPublished(Unknown::NotProvisioned));
    assert_eq!(bare.registration, Registration::Off);
    assert!(!design.is_automation_node());
}

#[tokio::test]
async fn a_launchpad_tells_names_and_types() {
    // I1, wire-facts 6.2
    let mock = mock_launchpad().await;
    let found = launchpad(&mock).discover().await.unwrap();
    assert_eq!(found.completeness, Completeness::Whole);
    let labels: Vec<_> = found.nodes.iter().map(|node| node.label.as_str()).collect();
    assert_eq!(labels, ["design-0", "automation-0"]);
    assert_eq!(found.nodes[1].url, FleetUrl::NotPublished(Unknown::NeverReported));
}

#[tokio::test]
async fn an_instance_is_created_provisioned_and_then_discovered() {
    let (mock, new) =
        (mock_fleet().await, NewInstance::automation("auto-9", "ist", "vn-1", "15.2"));
    let fleet = fleet(&mock);
    let created = fleet.create(&new).await.unwrap();
    assert_eq!(fleet.instance(&created.id).await.unwrap(), created);
    fleet.wait(fleet.provision(&created.id).await.unwrap()).await.unwrap();
    let found = fleet.discover(AdminKeys::Leave).await.unwrap();
    let node = found.nodes.iter().find(|node| node.label == "auto-9").unwrap();
    assert_eq!(node.state, FleetNodeState::MachineUp);
}

#[tokio::test]
async fn a_task_that_fails_says_why() {
    let mock = mock_fleet().await;
    mock.fail_next_task("no machine of this kind is left");
    let fleet = fleet(&mock);
    let instance = id(fleet.instances().await.unwrap()[0].id.as_str());
    let task = fleet.provision(&instance).await.unwrap();
    let error = fleet.wait(task).await.unwrap_err();
    assert!(error.to_string().contains("no machine of this kind is left"), "{error}");
}
