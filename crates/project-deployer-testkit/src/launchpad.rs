//! The Launchpad of Dataiku Cloud for tests (wire-facts 6.2).

mod builder;
mod collection;
mod routes;

use std::sync::Arc;

use crate::closed_port::ClosedPort;
use crate::fleet_manager::service::{Key, service_handle};
use crate::server::{Running, Shared};

pub use builder::MockLaunchpadBuilder;
use collection::Collection;

/// What a space has.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    /// The nodes by name with their type.
    nodes: Vec<(String, String)>,
    users: Collection,
    invites: Collection,
    groups: Collection,
}

impl Space {
    fn new() -> Self {
        Self {
            nodes: Vec::new(),
            users: Collection::named_by("email"),
            invites: Collection::named_by("email"),
            groups: Collection::named_by("name"),
        }
    }

    fn put(&mut self, name: String, node_type: String) {
        self.remove(&name);
        self.nodes.push((name, node_type));
    }

    fn remove(&mut self, name: &str) {
        self.nodes.retain(|(known, _)| known != name);
    }
}

/// A Launchpad on a free port of 127.0.0.1 unless its builder says otherwise. It stops when it is
/// dropped. Paths of faults and of the journal are those after the space, such as `/nodes/search`.
pub struct MockLaunchpad {
    shared: Arc<Shared<Space>>,
    running: Running,
    key: Key,
}

impl MockLaunchpad {
    /// Starts to build a Launchpad with the space `space-1`, which has no node.
    pub fn builder() -> MockLaunchpadBuilder {
        MockLaunchpadBuilder::new()
    }

    /// Adds a node, as an extension of the space does.
    pub fn put_node(&self, name: impl Into<String>, node_type: impl Into<String>) {
        self.shared.state().put(name.into(), node_type.into());
    }

    /// Takes a node away.
    pub fn remove_node(&self, name: &str) {
        self.shared.state().remove(name);
    }

    /// The mail addresses of the users.
    #[must_use]
    pub fn users(&self) -> Vec<String> {
        self.shared.state().users.names()
    }

    /// The mail addresses of those who are invited.
    #[must_use]
    pub fn invites(&self) -> Vec<String> {
        self.shared.state().invites.names()
    }

    /// The names of the groups.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        self.shared.state().groups.names()
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

service_handle!(MockLaunchpad, "The base URL, its version included.");

#[cfg(test)]
mod tests;
