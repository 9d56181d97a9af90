use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::json;

use super::routes::{no_route, routes, unknown_key};
use super::{MockLaunchpad, Space};
use crate::fleet_manager::service::{Key, Prefix, ServiceReception};
use crate::node::{StartError, must_start};
use crate::server::{ANY_PORT, Shared, start};
use crate::state::settings::object;

/// Builds a [`MockLaunchpad`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct MockLaunchpadBuilder {
    space: String,
    /// One that no other mock has, unless it is named.
    key: Option<Key>,
    address: SocketAddr,
    state: Space,
}

impl MockLaunchpadBuilder {
    pub(super) fn new() -> Self {
        Self { space: "space-1".to_owned(), key: None, address: ANY_PORT, state: Space::new() }
    }

    /// Another space than `space-1`.
    pub fn space(mut self, space: impl Into<String>) -> Self {
        self.space = space.into();
        self
    }

    /// A key that is known before it starts.
    pub fn key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.key = Some(Key::new(id, secret));
        self
    }

    /// One more node, such as `automation-0` of the type `automation`.
    pub fn node(mut self, name: impl Into<String>, node_type: impl Into<String>) -> Self {
        self.state.put(name.into(), node_type.into());
        self
    }

    /// One more user, by mail address.
    pub fn user(mut self, email: impl Into<String>) -> Self {
        self.state.users.create(object(json!({
            "email": email.into(), "isOwner": false, "groups": [], "adminProperties": {},
            "profile": {"name": "designer"},
        })));
        self
    }

    /// One more group.
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.state
            .groups
            .create(object(json!({"name": name.into(), "description": "", "users": []})));
        self
    }

    /// At another address than a free port of 127.0.0.1.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Starts the Launchpad.
    ///
    /// # Errors
    ///
    /// The address is not one of this machine, or taken.
    pub async fn try_start(self) -> Result<MockLaunchpad, StartError> {
        let prefix = Prefix::new(["v1", "spaces", &self.space]);
        let key = self.key.unwrap_or_else(|| Key::random("launchpad-key"));
        let reception = ServiceReception::new(key.clone(), prefix, unknown_key);
        let shared = Arc::new(Shared::new(self.state, reception));
        let routes = routes().router().fallback(no_route).with_state(Arc::clone(&shared));
        let running = start(&shared, routes, self.address, "/v1", None).await?;
        Ok(MockLaunchpad { shared, running, key })
    }

    /// Starts the Launchpad.
    ///
    /// # Panics
    ///
    /// As [`try_start`](Self::try_start) fails: a test cannot go on without it.
    pub async fn start(self) -> MockLaunchpad {
        must_start("mock Launchpad", self.try_start().await)
    }
}

impl fmt::Debug for MockLaunchpadBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockLaunchpadBuilder").field("space", &self.space).finish_non_exhaustive()
    }
}
