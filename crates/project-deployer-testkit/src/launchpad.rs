//! The Launchpad of Dataiku Cloud for tests (wire-facts 6.2).

mod builder;
mod collection;
mod routes;

use std::fmt;
use std::sync::Arc;

use crate::closed_port::ClosedPort;
use crate::fleet_manager::service::Key;
use crate::server::{Running, Shared};
use crate::traffic::{Traffic, faults_and_journal};

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

    /// The base URL, its version included.
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

    /// Puts a node there, as somebody does who adds an extension to the space.
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

faults_and_journal!(MockLaunchpad);

impl fmt::Debug for MockLaunchpad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockLaunchpad")
            .field("url", &self.url())
            .field("seed", &self.traffic().faults().seed())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
