//! What the clients of a fleet make of what happens between them and its services. Whatever it is, no
//! node is ever taken for gone (I4).

mod discovering;
mod failing;
mod registering;
mod repeating;

use std::time::Duration;

use project_deployer_client::fleet::{FleetCredentials, FleetManager, InstanceId, Launchpad};
use project_deployer_client::{HttpConnector, HttpConnectorBuilder, RetryPolicy};
use project_deployer_core::NodeAddress;
use project_deployer_testkit::{MockFleetManager, MockInstance, MockLaunchpad, MockNetwork};
use project_deployer_tests::{quick, single_attempts};

fn address(url: &str) -> NodeAddress {
    NodeAddress::parse(url).unwrap()
}

fn repeating() -> HttpConnectorBuilder {
    let brisk = RetryPolicy::default().pauses(Duration::from_millis(1), Duration::from_millis(2));
    HttpConnector::builder().timeouts(quick()).retries(brisk)
}

fn fleet_with(mock: &MockFleetManager, connector: HttpConnectorBuilder) -> FleetManager {
    let credentials = FleetCredentials::new(mock.key_id(), mock.key_secret()).unwrap();
    let builder = FleetManager::builder(address(mock.url()), credentials);
    builder.connector(connector).build().unwrap()
}

/// A Fleet Manager that is asked once for everything.
fn fleet(mock: &MockFleetManager) -> FleetManager {
    fleet_with(mock, single_attempts())
}

fn launchpad_with(mock: &MockLaunchpad, connector: HttpConnectorBuilder) -> Launchpad {
    let credentials = FleetCredentials::new(mock.key_id(), mock.key_secret()).unwrap();
    let builder = Launchpad::builder("space-1", credentials).address(address(mock.url()));
    builder.connector(connector).build().unwrap()
}

/// A Launchpad that is asked once.
fn launchpad(mock: &MockLaunchpad) -> Launchpad {
    launchpad_with(mock, single_attempts())
}

/// Two Automation nodes, one of them without a machine, and a Design node.
async fn mock_fleet() -> MockFleetManager {
    MockFleetManager::builder()
        .network(MockNetwork::unmanaged("vn-2"))
        .instance(MockInstance::automation("auto-1").at("https://auto-1.example.test:11200"))
        .instance(MockInstance::automation("auto-2").in_network("vn-2").not_provisioned())
        .instance(MockInstance::automation("design-1").of_type("design"))
        .start()
        .await
}

async fn mock_launchpad() -> MockLaunchpad {
    let builder = MockLaunchpad::builder().node("design-0", "design");
    builder.node("automation-0", "automation").start().await
}

fn id(text: &str) -> InstanceId {
    InstanceId::parse(text).unwrap()
}
