//! A Fleet Manager of Cloud Stacks for tests (wire-facts 6.1).

mod instance;
mod network;
mod routes;
mod state;

use crate::service::{Service, ServiceBuilder, ServiceKind, service};
use state::FleetState;

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
pub struct MockFleetManager(Service<FleetState>);

/// Builds a [`MockFleetManager`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct MockFleetManagerBuilder(ServiceBuilder<FleetState>);

const FLEET_MANAGER: ServiceKind<FleetState> = ServiceKind {
    key_name: "fm-key",
    prefix: &["api", "public", "tenants"],
    after_url: "",
    unknown_key: routes::unknown_key,
    routes: || routes::routes().router(),
};

service!(
    MockFleetManager,
    MockFleetManagerBuilder,
    FLEET_MANAGER,
    "mock Fleet Manager",
    "The base URL: protocol, host and port."
);

impl MockFleetManagerBuilder {
    fn new() -> Self {
        Self(ServiceBuilder::new("main", FleetState::new())).network(MockNetwork::managed("vn-1"))
    }

    /// Another tenant than `main`.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.0.name = tenant.into();
        self
    }

    /// One more instance.
    pub fn instance(mut self, instance: MockInstance) -> Self {
        self.0.state.put(instance);
        self
    }

    /// One more virtual network, or `vn-1` as it should be.
    pub fn network(mut self, network: MockNetwork) -> Self {
        self.0.state.networks.insert(network.id.clone(), network);
        self
    }

    /// How often a task is asked before it has ended and has its effect; once unless it is said. With
    /// 0, tasks answer their result at once.
    pub fn task_polls(mut self, polls: u32) -> Self {
        self.0.state.task_polls = polls;
        self
    }
}

impl MockFleetManager {
    /// Starts to build a Fleet Manager with the tenant `main`, a virtual network `vn-1` whose nodes are
    /// registered with one Deployer, and no instance.
    pub fn builder() -> MockFleetManagerBuilder {
        MockFleetManagerBuilder::new()
    }

    /// Takes an instance away by its label.
    pub fn remove_instance(&self, label: &str) {
        self.0.shared.state().instances.retain(|_, instance| instance.label != label);
    }

    /// An instance by its label.
    #[must_use]
    pub fn instance(&self, label: &str) -> Option<MockInstance> {
        let state = self.0.shared.state();
        state.instances.values().find(|instance| instance.label == label).cloned()
    }

    /// The next task that is started fails with this reason once it is asked often enough, and has no
    /// effect.
    pub fn fail_next_task(&self, reason: impl Into<String>) {
        self.0.shared.state().next_failure = Some(reason.into());
    }

    /// Forgets every task: their ids are unknown from now on, and their effects are there.
    pub fn forget_futures(&self) {
        self.0.shared.state().forget_tasks();
    }
}

#[cfg(test)]
mod tests;
