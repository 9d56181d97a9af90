//! A Fleet Manager of Cloud Stacks for tests (wire-facts 6.1).

mod builder;
mod instance;
mod network;
mod routes;
pub(crate) mod service;
mod state;

use std::sync::Arc;

use crate::closed_port::ClosedPort;
use crate::server::{Running, Shared};
use service::{Key, service_handle};
use state::FleetState;

pub use builder::MockFleetManagerBuilder;
pub use instance::MockInstance;
pub use network::MockNetwork;

/// A Fleet Manager on a free port of 127.0.0.1 unless its builder says otherwise. It stops when it is
/// dropped. Paths of faults and of the journal are those after the tenant, such as `/instances`.
///
/// ```
/// use project_deployer_testkit::{MockFleetManager, MockInstance, MockNode};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let node = MockNode::builder("auto-eu-1").start().await;
/// let instance = MockInstance::automation("auto-eu-1").serving(&node);
/// let fleet = MockFleetManager::builder().instance(instance).start().await;
/// let answer = reqwest::Client::builder().build()?
///     .get(format!("{}/api/public/tenants/main/instances/i-auto-eu-1/status", fleet.url()))
///     .basic_auth(fleet.key_id(), Some(fleet.key_secret()))
///     .send().await?;
/// assert!(answer.text().await?.contains(node.url()));
/// # Ok(())
/// # }
/// ```
pub struct MockFleetManager {
    shared: Arc<Shared<FleetState>>,
    running: Running,
    key: Key,
}

impl MockFleetManager {
    /// Starts to build a Fleet Manager with the tenant `main`, a virtual network `vn-1` whose nodes are
    /// registered with one Deployer, and no instance.
    pub fn builder() -> MockFleetManagerBuilder {
        MockFleetManagerBuilder::new()
    }

    /// Puts an instance there, in the place of one with its id.
    pub fn put_instance(&self, instance: MockInstance) {
        self.shared.state().put(instance);
    }

    /// Takes an instance away by its label.
    pub fn remove_instance(&self, label: &str) {
        self.shared.state().instances.retain(|_, instance| instance.label != label);
    }

    /// An instance by its label.
    #[must_use]
    pub fn instance(&self, label: &str) -> Option<MockInstance> {
        let state = self.shared.state();
        state.instances.values().find(|instance| instance.label == label).cloned()
    }

    /// Puts a virtual network there, in the place of one with its id.
    pub fn put_network(&self, network: MockNetwork) {
        self.shared.state().networks.insert(network.id.clone(), network);
    }

    /// The next task that is started fails with this reason once it is asked often enough, and has no
    /// effect.
    pub fn fail_next_task(&self, reason: impl Into<String>) {
        self.shared.state().next_failure = Some(reason.into());
    }

    /// Forgets every task: their ids are unknown from now on, and their effects are there.
    pub fn forget_futures(&self) {
        self.shared.state().forget_tasks();
    }

    /// Stops the service and closes its connections. New connections are refused until the returned port is
    /// dropped.
    ///
    /// # Panics
    ///
    /// The service has a fixed port, and another program took it in the meantime.
    pub async fn stop(self) -> ClosedPort {
        self.running.stop().await
    }
}

service_handle!(MockFleetManager, "The base URL: protocol, host and port.");

#[cfg(test)]
mod tests;
