use std::fmt;
use std::sync::Arc;

use super::MockFleetManager;
use super::instance::MockInstance;
use super::network::MockNetwork;
use super::routes::{routes, unknown_key};
use super::service::{Key, Prefix, ServiceReception};
use super::state::FleetState;
use crate::node::StartError;
use crate::server::{Shared, start};

/// Builds a [`MockFleetManager`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct MockFleetManagerBuilder {
    tenant: String,
    key: Key,
    state: FleetState,
}

impl MockFleetManagerBuilder {
    pub(super) fn new() -> Self {
        let builder = Self {
            tenant: "main".to_owned(),
            key: Key::new("fm-key", "fm-secret-0001"),
            state: FleetState::new(),
        };
        builder.network(MockNetwork::managed("vn-1"))
    }

    /// Another tenant than `main`.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Another key.
    pub fn key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.key = Key::new(id, secret);
        self
    }

    /// One more instance.
    pub fn instance(mut self, instance: MockInstance) -> Self {
        self.state.put(instance);
        self
    }

    /// One more virtual network, or `vn-1` as it should be.
    pub fn network(mut self, network: MockNetwork) -> Self {
        self.state.networks.insert(network.id.clone(), network);
        self
    }

    /// How often a task is asked before it has ended and has its effect; once unless it is said. With
    /// 0, tasks answer their result at once.
    pub fn task_polls(mut self, polls: u32) -> Self {
        self.state.task_polls = polls;
        self
    }

    /// Starts the Fleet Manager.
    ///
    /// # Errors
    ///
    /// There is no free port.
    pub async fn try_start(self) -> Result<MockFleetManager, StartError> {
        let prefix = Prefix::new(["api", "public", "tenants", &self.tenant]);
        let reception = ServiceReception::new(self.key.clone(), prefix, unknown_key);
        let shared = Arc::new(Shared::new(self.state, reception));
        let running = start(&shared, routes(Arc::clone(&shared)), "", None).await?;
        Ok(MockFleetManager { shared, running, key: self.key })
    }

    /// Starts the Fleet Manager.
    ///
    /// # Panics
    ///
    /// As [`try_start`](Self::try_start) fails: a test cannot go on without it.
    #[expect(clippy::panic, reason = "a test cannot go on without its service")]
    pub async fn start(self) -> MockFleetManager {
        match self.try_start().await {
            Ok(fleet) => fleet,
            Err(error) => panic!("the mock Fleet Manager does not start: {error}"),
        }
    }
}

/// Without the keys of instances.
impl fmt::Debug for MockFleetManagerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockFleetManagerBuilder")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
