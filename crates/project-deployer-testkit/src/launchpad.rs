//! The Launchpad of Dataiku Cloud for tests (`wire-facts.md` 6.2).

mod builder;
mod routes;

use std::fmt;
use std::sync::Arc;

use crate::fault::{Fault, FaultScript, FaultSeed};
use crate::fleet_manager::service::Key;
use crate::journal::Call;
use crate::server::{Running, Shared};

pub use builder::MockLaunchpadBuilder;

/// The nodes of a space, by name with their type.
#[derive(Debug, Clone, Default)]
pub(crate) struct Space {
    nodes: Vec<(String, String)>,
}

impl Space {
    fn put(&mut self, name: String, node_type: String) {
        self.remove(&name);
        self.nodes.push((name, node_type));
    }

    fn remove(&mut self, name: &str) {
        self.nodes.retain(|(known, _)| known != name);
    }
}

/// A Launchpad on a free port of 127.0.0.1. It stops when it is dropped.
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

    /// From now on this goes wrong; paths are those after the space, such as `/nodes/search`. Of
    /// several faults that concern a call, the oldest happens.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults().add(fault);
    }

    /// From now on the calls of an endpoint go as a script says.
    pub fn follow(&self, script: FaultScript) {
        self.shared.faults().follow(script);
    }

    /// From now on chance decides what goes wrong. A seed takes the place of the one before.
    pub fn draw_faults_from(&self, seed: FaultSeed) {
        self.shared.faults().draw_from(seed);
    }

    /// From now on nothing goes wrong.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// Every call in the order of arrival.
    #[must_use]
    pub fn journal(&self) -> Vec<Call> {
        self.shared.journal().calls()
    }

    /// The calls of a method to paths that fit a pattern, as [`Fault::on`] reads them.
    #[must_use]
    pub fn calls_to(&self, method: &str, path: &str) -> Vec<Call> {
        self.shared.journal().calls_to(method, path)
    }
}

impl fmt::Debug for MockLaunchpad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockLaunchpad")
            .field("url", &self.url())
            .field("seed", &self.shared.faults().seed())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
