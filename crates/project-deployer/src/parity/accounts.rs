use std::fmt;
use std::sync::Arc;

use project_deployer_client::{NodeAccounts, NodeConnector};
use project_deployer_core::infra::NodeEntry;
use project_deployer_core::{InfraId, NodeAddress};
use project_deployer_ldap::matching::LocationId;
use project_deployer_ldap::{Fetched, Reason};

use super::scope::ParityScope;

/// Access to the accounts of each location, or the reason why there is none. Creating this value
/// sends nothing.
#[derive(Clone, Default)]
pub struct LocationAccounts {
    pub(super) deployer: Option<(Option<NodeAddress>, Arc<dyn NodeAccounts>)>,
    pub(super) nodes: Vec<NodeReach>,
}

/// Access to the accounts of one node.
#[derive(Clone)]
pub(super) struct NodeReach {
    pub(super) id: LocationId,
    pub(super) address: Option<NodeAddress>,
    pub(super) accounts: Fetched<Arc<dyn NodeAccounts>>,
}

impl LocationAccounts {
    /// Access to the nodes of a scope, with their admin keys.
    #[must_use]
    pub fn of(scope: &ParityScope, nodes: &dyn NodeConnector) -> Self {
        let reaches = scope.infras.iter().flat_map(|(infra, settings)| match settings {
            Ok(settings) => {
                let entries = settings.target.entries().iter();
                entries.map(|entry| NodeReach::of(infra, entry, nodes)).collect()
            }
            Err(reason) => vec![NodeReach {
                id: LocationId::Node { infra: infra.clone(), node: None },
                address: None,
                accounts: Err(reason.clone()),
            }],
        });
        Self { deployer: None, nodes: reaches.collect() }
    }

    /// Adds the accounts of the Deployer itself, and the address where people log in there. The
    /// accounts are those of its own node, or of the engine's store
    /// ([`StoreAccounts`](super::StoreAccounts)).
    #[must_use]
    pub fn with_deployer(
        self,
        accounts: Arc<dyn NodeAccounts>,
        address: Option<NodeAddress>,
    ) -> Self {
        Self { deployer: Some((address, accounts)), ..self }
    }

    /// Returns the accounts of a location.
    ///
    /// # Errors
    ///
    /// The accounts cannot be reached, there is no such location, or two nodes are ambiguous.
    pub fn at(&self, id: &LocationId) -> Fetched<Arc<dyn NodeAccounts>> {
        if *id == LocationId::Deployer {
            let own = self.deployer.as_ref().map(|(_, accounts)| Arc::clone(accounts));
            return own
                .ok_or_else(|| Reason::new("there is no access to the accounts of the Deployer"));
        }
        let mut found = self.nodes.iter().filter(|reach| reach.id == *id);
        match (found.next(), found.next()) {
            (Some(reach), None) => reach.accounts.clone(),
            (Some(_), Some(_)) => Err(Reason::new(
                "several nodes have the same id or no id, so they are ambiguous; give each its own id in the settings",
            )),
            (None, _) => Err(Reason::new("this location no longer exists")),
        }
    }
}

impl NodeReach {
    fn of(infra: &InfraId, entry: &NodeEntry, nodes: &dyn NodeConnector) -> Self {
        Self {
            id: LocationId::Node { infra: infra.clone(), node: entry.node_id.clone() },
            address: entry.address_for_people().cloned(),
            accounts: reach(entry, nodes),
        }
    }
}

fn reach(entry: &NodeEntry, nodes: &dyn NodeConnector) -> Fetched<Arc<dyn NodeAccounts>> {
    if entry.address.is_none() {
        return Err(Reason::new("its address is not known; write it into the infrastructure"));
    }
    let settings = entry.settings().ok_or_else(|| {
        Reason::new("its admin key is withheld or not set, and none was supplied for it")
    })?;
    nodes.accounts(&settings).map_err(|error| Reason::of(&error))
}

impl fmt::Debug for LocationAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = self.nodes.iter().map(|reach| &reach.id);
        f.debug_set()
            .entries(self.deployer.iter().map(|_| &LocationId::Deployer))
            .entries(nodes)
            .finish()
    }
}
