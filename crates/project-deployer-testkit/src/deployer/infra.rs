use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::MockGrant;
use crate::debug_fields::debug_fields;
use crate::state::deployer::Infra;
use crate::state::settings::object;

/// What an infrastructure does with bundles that are not approved (R-G1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum GovernPolicy {
    /// They are deployed.
    #[default]
    NoCheck,
    /// They are deployed when the caller ignores warnings.
    Warn,
    /// They are not deployed.
    Prevent,
}

impl GovernPolicy {
    fn as_str(self) -> &'static str {
        match self {
            Self::NoCheck => "NO_CHECK",
            Self::Warn => "WARN",
            Self::Prevent => "PREVENT",
        }
    }
}

/// An infrastructure of a [`MockDeployer`](super::MockDeployer).
#[derive(Clone, Default)]
#[must_use]
pub struct MockInfra {
    id: String,
    stage: String,
    policy: GovernPolicy,
    nodes: Vec<Node>,
    is_multi: bool,
    grants: Vec<MockGrant>,
    unknown_users: BTreeMap<String, BTreeSet<String>>,
    disabled_users: BTreeMap<String, BTreeSet<String>>,
}

/// A node of an infrastructure.
#[derive(Clone)]
struct Node {
    id: String,
    url: String,
    key: String,
}

impl MockInfra {
    /// An infrastructure in a stage, without a node, which only global administrators see.
    pub fn new(id: impl Into<String>, stage: impl Into<String>) -> Self {
        Self { id: id.into(), stage: stage.into(), ..Self::default() }
    }

    /// With a node, its URL and its admin key. One node makes a single-node infrastructure, more make a
    /// multi-node one.
    pub fn node(
        mut self,
        id: impl Into<String>,
        url: impl Into<String>,
        key: impl Into<String>,
    ) -> Self {
        self.nodes.push(Node { id: id.into(), url: url.into(), key: key.into() });
        self.is_multi = self.nodes.len() > 1;
        self
    }

    /// With that policy.
    pub fn checking(self, policy: GovernPolicy) -> Self {
        Self { policy, ..self }
    }

    /// With the rights of one more group.
    pub fn granting(mut self, grant: MockGrant) -> Self {
        self.grants.push(grant);
        self
    }

    /// One of its nodes does not know a login.
    pub fn lacking_user(mut self, node: impl Into<String>, login: impl Into<String>) -> Self {
        self.unknown_users.entry(node.into()).or_default().insert(login.into());
        self
    }

    /// One of its nodes has disabled a login.
    pub fn with_disabled_user(mut self, node: impl Into<String>, login: impl Into<String>) -> Self {
        self.disabled_users.entry(node.into()).or_default().insert(login.into());
        self
    }

    pub(super) fn into_state(self) -> (String, Infra) {
        let mut settings = object(self.settings());
        settings.extend(object(self.nodes_json()));
        let (unknown_users, disabled_users) = (self.unknown_users, self.disabled_users);
        (self.id, Infra { settings, unknown_users, disabled_users })
    }

    /// wire-facts 2.3.
    fn settings(&self) -> Value {
        let permission = |grant: &MockGrant| grant.to_json(&["admin", "read", "deploy"]);
        json!({
            "id": self.id,
            "type": if self.is_multi { "MULTI_AUTOMATION_NODE" } else { "AUTOMATION_NODE" },
            "stage": self.stage,
            "governCheckPolicy": self.policy.as_str(),
            "autoconfigureFromNodesDirectory": false,
            "trustAllSSLCertificates": false,
            "permissions": self.grants.iter().map(permission).collect::<Vec<_>>(),
        })
    }

    /// What the nodes of a multi-node infrastructure are called beyond `nodeId` is unknown
    /// (wire-facts 8.1, item 2): they are spelled as a single one is.
    fn nodes_json(&self) -> Value {
        let node = |node: &Node| {
            json!({
                "nodeId": node.id,
                "automationNodeUrl": node.url,
                "automationNodeExternalUrl": node.url,
                "adminApiKey": node.key,
            })
        };
        if self.is_multi {
            return json!({"automationNodes": self.nodes.iter().map(node).collect::<Vec<_>>()});
        }
        self.nodes.first().map(node).unwrap_or_else(|| json!({}))
    }
}

debug_fields!(MockInfra { id, stage, grants });
