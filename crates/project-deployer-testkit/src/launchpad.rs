//! The Launchpad of Dataiku Cloud for tests (wire-facts 6.2).

mod collection;
mod routes;

use serde_json::json;

use crate::service::{Service, ServiceBuilder, ServiceKind, service};
use crate::state::settings::object;
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
pub struct MockLaunchpad(Service<Space>);

/// Builds a [`MockLaunchpad`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct MockLaunchpadBuilder(ServiceBuilder<Space>);

const LAUNCHPAD: ServiceKind<Space> = ServiceKind {
    key_name: "launchpad-key",
    prefix: &["v1", "spaces"],
    after_url: "/v1",
    unknown_key: routes::unknown_key,
    routes: || routes::routes().router().fallback(routes::no_route),
};

service!(
    MockLaunchpad,
    MockLaunchpadBuilder,
    LAUNCHPAD,
    "mock Launchpad",
    "The base URL, its version included."
);

impl MockLaunchpadBuilder {
    /// Another space than `space-1`.
    pub fn space(mut self, space: impl Into<String>) -> Self {
        self.0.name = space.into();
        self
    }

    /// One more node, such as `automation-0` of the type `automation`.
    pub fn node(mut self, name: impl Into<String>, node_type: impl Into<String>) -> Self {
        self.0.state.put(name.into(), node_type.into());
        self
    }

    /// One more user, by mail address.
    pub fn user(mut self, email: impl Into<String>) -> Self {
        self.0.state.users.create(object(json!({
            "email": email.into(), "isOwner": false, "groups": [], "adminProperties": {},
            "profile": {"name": "designer"},
        })));
        self
    }

    /// One more group.
    pub fn group(mut self, name: impl Into<String>) -> Self {
        let group = json!({"name": name.into(), "description": "", "users": []});
        self.0.state.groups.create(object(group));
        self
    }
}

impl MockLaunchpad {
    /// Starts to build a Launchpad with the space `space-1`, which has no node.
    pub fn builder() -> MockLaunchpadBuilder {
        MockLaunchpadBuilder(ServiceBuilder::new("space-1", Space::new()))
    }

    /// Adds a node, as an extension of the space does.
    pub fn put_node(&self, name: impl Into<String>, node_type: impl Into<String>) {
        self.0.shared.state().put(name.into(), node_type.into());
    }

    /// Takes a node away.
    pub fn remove_node(&self, name: &str) {
        self.0.shared.state().remove(name);
    }

    /// The mail addresses of the users.
    #[must_use]
    pub fn users(&self) -> Vec<String> {
        self.0.shared.state().users.names()
    }

    /// The mail addresses of those who are invited.
    #[must_use]
    pub fn invites(&self) -> Vec<String> {
        self.0.shared.state().invites.names()
    }

    /// The names of the groups.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        self.0.shared.state().groups.names()
    }
}

#[cfg(test)]
mod tests;
