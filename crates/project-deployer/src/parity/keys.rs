use std::collections::BTreeMap;

use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::{ApiKeySecret, InfraId, NodeId};

/// Admin keys of nodes that are supplied in addition to the settings of infrastructures: a Deployer
/// may withhold or mask its keys (wire-facts 8.2, item 7).
///
/// A supplied key has precedence over the key in the settings, which may be a mask. A node without
/// any key is not queried, and its accounts are unknown.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct NodeKeys {
    of_infras: BTreeMap<InfraId, ApiKeySecret>,
    of_nodes: BTreeMap<(InfraId, NodeId), ApiKeySecret>,
}

impl NodeKeys {
    /// No keys.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds the key for the single node of an infrastructure. It is not used for an infrastructure
    /// with several nodes: a key is never sent to a node that it does not belong to.
    pub fn with_infra(mut self, infra: InfraId, key: ApiKeySecret) -> Self {
        self.of_infras.insert(infra, key);
        self
    }

    /// Adds the key for a node of an infrastructure, by the node id in the settings.
    pub fn with_node(mut self, infra: InfraId, node: NodeId, key: ApiKeySecret) -> Self {
        self.of_nodes.insert((infra, node), key);
        self
    }

    /// Returns the settings with the supplied keys for their nodes.
    pub fn given_to(&self, mut settings: InfraSettings) -> InfraSettings {
        let infra = settings.id.clone();
        match &mut settings.target {
            Target::SingleNode(entry) | Target::Fleet(entry) => {
                let own = self.of_node(&infra, entry).or_else(|| self.of_infras.get(&infra));
                give(entry, own);
            }
            Target::MultiNode(entries) => {
                for entry in entries {
                    give(entry, self.of_node(&infra, entry));
                }
            }
            // An unknown kind of target gets no key.
            _ => {}
        }
        settings
    }

    fn of_node(&self, infra: &InfraId, entry: &NodeEntry) -> Option<&ApiKeySecret> {
        self.of_nodes.get(&(infra.clone(), entry.node_id.clone()?))
    }
}

fn give(entry: &mut NodeEntry, key: Option<&ApiKeySecret>) {
    if let Some(key) = key {
        entry.admin_api_key = Some(key.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> ApiKeySecret {
        ApiKeySecret::new(text).unwrap()
    }

    fn settings(target: Target) -> InfraSettings {
        let settings = InfraSettings::new("prod".parse().unwrap(), "Production".parse().unwrap());
        settings.with_target(target)
    }

    fn node(id: Option<&str>) -> NodeEntry {
        NodeEntry::default().with_node_id(id.map(|id| id.parse().unwrap()))
    }

    fn keys_of(settings: &InfraSettings) -> Vec<Option<&str>> {
        let entries = settings.target.entries().iter();
        entries.map(|entry| entry.admin_api_key.as_ref().map(ApiKeySecret::expose)).collect()
    }

    #[test]
    fn a_key_that_was_handed_in_comes_before_the_one_in_the_settings() {
        let masked = node(None).with_admin_api_key(Some(key("xxxx")));
        let keys = NodeKeys::none().with_infra("prod".parse().unwrap(), key("own"));
        let given = keys.given_to(settings(Target::SingleNode(masked.clone())));
        assert_eq!(keys_of(&given), [Some("own")]);
        let others = NodeKeys::none().with_infra("test".parse().unwrap(), key("own"));
        assert_eq!(keys_of(&others.given_to(settings(Target::SingleNode(masked)))), [Some("xxxx")]);
    }

    #[test]
    fn the_key_of_an_infrastructure_goes_to_no_node_among_several() {
        let keys = NodeKeys::none().with_infra("prod".parse().unwrap(), key("one")).with_node(
            "prod".parse().unwrap(),
            "b".parse().unwrap(),
            key("of-b"),
        );
        let nodes = vec![node(Some("a")), node(Some("b")), node(None)];
        let given = keys.given_to(settings(Target::MultiNode(nodes)));
        assert_eq!(keys_of(&given), [None, Some("of-b"), None]);
    }

    #[test]
    fn debug_never_shows_a_key() {
        // R13
        let keys = NodeKeys::none().with_infra("prod".parse().unwrap(), key("canary-4711"));
        assert!(!format!("{keys:?}").contains("4711"));
    }
}
