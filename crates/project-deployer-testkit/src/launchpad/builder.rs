use std::fmt;
use std::sync::Arc;

use super::routes::{routes, unknown_key};
use super::{MockLaunchpad, Space};
use crate::fleet_manager::service::{Key, Prefix, ServiceReception};
use crate::node::StartError;
use crate::server::{Shared, start};

/// Builds a [`MockLaunchpad`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct MockLaunchpadBuilder {
    space: String,
    key: Key,
    state: Space,
}

impl MockLaunchpadBuilder {
    pub(super) fn new() -> Self {
        Self {
            space: "space-1".to_owned(),
            key: Key::new("launchpad-key", "launchpad-secret-0001"),
            state: Space::default(),
        }
    }

    /// Another space than `space-1`.
    pub fn space(mut self, space: impl Into<String>) -> Self {
        self.space = space.into();
        self
    }

    /// Another key.
    pub fn key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.key = Key::new(id, secret);
        self
    }

    /// One more node, such as `automation-0` of the type `automation`.
    pub fn node(mut self, name: impl Into<String>, node_type: impl Into<String>) -> Self {
        self.state.put(name.into(), node_type.into());
        self
    }

    /// Starts the Launchpad.
    ///
    /// # Errors
    ///
    /// There is no free port.
    pub async fn try_start(self) -> Result<MockLaunchpad, StartError> {
        let prefix = Prefix::new(["v1", "spaces", &self.space]);
        let reception = ServiceReception::new(self.key.clone(), prefix, unknown_key);
        let shared = Arc::new(Shared::new(self.state, reception));
        let running = start(&shared, routes(Arc::clone(&shared)), "/v1", None).await?;
        Ok(MockLaunchpad { shared, running, key: self.key })
    }

    /// Starts the Launchpad.
    ///
    /// # Panics
    ///
    /// As [`try_start`](Self::try_start) fails: a test cannot go on without it.
    #[expect(clippy::panic, reason = "a test cannot go on without its service")]
    pub async fn start(self) -> MockLaunchpad {
        match self.try_start().await {
            Ok(launchpad) => launchpad,
            Err(error) => panic!("the mock Launchpad does not start: {error}"),
        }
    }
}

impl fmt::Debug for MockLaunchpadBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockLaunchpadBuilder").field("space", &self.space).finish_non_exhaustive()
    }
}
