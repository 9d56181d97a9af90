use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use super::MockFleetManager;
use super::instance::MockInstance;
use super::network::MockNetwork;
use super::routes::{routes, unknown_key};
use super::service::{Key, Prefix, ServiceReception};
use super::state::FleetState;
use crate::node::{StartError, must_start};
use crate::server::{ANY_PORT, Shared, start};

/// Builds a [`MockFleetManager`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct MockFleetManagerBuilder {
    tenant: String,
    /// One that no other mock has, unless it is named.
    key: Option<Key>,
    address: SocketAddr,
    state: FleetState,
}

impl MockFleetManagerBuilder {
    pub(super) fn new() -> Self {
        let builder = Self {
            tenant: "main".to_owned(),
            key: None,
            address: ANY_PORT,
            state: FleetState::new(),
        };
        builder.network(MockNetwork::managed("vn-1"))
    }

    /// Another tenant than `main`.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// A key that is known before it starts.
    pub fn key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.key = Some(Key::new(id, secret));
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

    /// At another address than a free port of 127.0.0.1.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Starts the Fleet Manager.
    ///
    /// # Errors
    ///
    /// The address is not one of this machine, or taken.
    pub async fn try_start(self) -> Result<MockFleetManager, StartError> {
        let prefix = Prefix::new(["api", "public", "tenants", &self.tenant]);
        let key = self.key.unwrap_or_else(|| Key::random("fm-key"));
        let reception = ServiceReception::new(key.clone(), prefix, unknown_key);
        let shared = Arc::new(Shared::new(self.state, reception));
        let routes = routes().router().with_state(Arc::clone(&shared));
        let running = start(&shared, routes, self.address, "", None).await?;
        Ok(MockFleetManager { shared, running, key })
    }

    /// Starts the Fleet Manager.
    ///
    /// # Panics
    ///
    /// As [`try_start`](Self::try_start) fails: a test cannot go on without it.
    pub async fn start(self) -> MockFleetManager {
        must_start("mock Fleet Manager", self.try_start().await)
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
