//! A Fleet Manager of Cloud Stacks for tests (wire-facts 6.1).

mod builder;
mod instance;
mod network;
mod routes;
pub(crate) mod service;
mod state;

use std::fmt;
use std::sync::Arc;

use crate::closed_port::ClosedPort;
use crate::server::{Running, Shared};
use crate::traffic::{Traffic, faults_and_journal};
use service::Key;
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

    /// The base URL: protocol, host and port.
    #[must_use]
    pub fn url(&self) -> &str {
        self.running.url()
    }

    /// The id of its key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        self.key.id()
    }

    /// The secret of its key.
    #[must_use]
    pub fn key_secret(&self) -> &str {
        self.key.secret()
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

    /// Stops it with its connections: whoever asks it from now on is refused, as long as the port that
    /// comes back is there.
    ///
    /// # Panics
    ///
    /// It has a port that was chosen, and somebody else took it at that moment.
    pub async fn stop(self) -> ClosedPort {
        self.running.stop().await
    }

    fn traffic(&self) -> &Traffic {
        &self.shared.traffic
    }
}

faults_and_journal!(MockFleetManager);

impl fmt::Debug for MockFleetManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockFleetManager")
            .field("url", &self.url())
            .field("seed", &self.traffic().faults().seed())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
