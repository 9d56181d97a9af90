mod builder;
mod clients;
mod names;
mod proxy;

use std::fmt;
use std::sync::Arc;

use project_deployer_core::NodeAddress;
use project_deployer_core::infra::NodeSettings;

pub use self::builder::{HttpConnectorBuilder, HttpConnectorError};
use self::clients::Clients;
pub use self::proxy::{HttpProxy, ProxyServer};
use super::node::HttpNode;
use super::peer::Peer;
use super::transport::Transport;
use crate::automation_node::AutomationNode;
use crate::connector::{Identity, NodeConnector};
use crate::error::{NodeError, NodeErrorKind};
#[cfg(feature = "fleet")]
use crate::fleet::FleetConnector;
use crate::hook_sender::HookSender;
use crate::node_accounts::NodeAccounts;
use crate::node_keys::NodeKeys;
use crate::retry::{Retries, RetryPolicy};
use crate::stop_order::StopOrder;

const CONNECT: &str = "connect";

/// Speaks to nodes over HTTP and HTTPS. Certificates are verified with the system's authorities and
/// those that were added, unless the settings of a node say that any certificate will do. Addresses are
/// held against a [policy](project_deployer_core::AddressPolicy).
pub struct HttpConnector {
    builder: HttpConnectorBuilder,
    clients: Arc<Clients>,
    retries: Arc<Retries>,
    stop: Option<StopOrder>,
}

impl HttpConnector {
    /// Starts with the usual times, the system's authorities, the usual addresses and no proxy.
    pub fn builder() -> HttpConnectorBuilder {
        HttpConnectorBuilder::default()
    }

    /// Whether what names lead to is held against the address policy, too. Behind a proxy it is not:
    /// the proxy looks them up.
    #[must_use]
    pub fn checks_names(&self) -> bool {
        self.builder.proxy.is_none()
    }

    /// A node with all that HTTP offers beyond the boundary traits.
    ///
    /// # Errors
    ///
    /// The key or the login is not valid in a header, or the policy does not allow the address.
    pub fn node(&self, node: &NodeSettings, acting: &Identity) -> Result<HttpNode, NodeError> {
        let peer = Peer::node(node, acting).map_err(|reason| {
            NodeError::new(node.to_string(), CONNECT, NodeErrorKind::InvalidRequest(reason))
        })?;
        Ok(HttpNode::new(self.transport(peer)?))
    }

    /// The HTTP client for an address of which no node is known, unless the policy refuses the address.
    pub(super) fn client_at(
        &self,
        address: &NodeAddress,
        trust_all_certificates: bool,
    ) -> Result<reqwest::Client, NodeErrorKind> {
        if let Some(range) = self.builder.addresses.objection_to(address) {
            return Err(NodeErrorKind::AddressRefused(range));
        }
        let client = self.clients.at(address, trust_all_certificates, &self.builder);
        client.map_err(|_| {
            NodeErrorKind::InvalidRequest("the HTTP client cannot be set up".to_owned())
        })
    }

    /// The transport to any HTTP service, for one caller.
    pub(crate) fn transport(&self, peer: Peer) -> Result<Transport, NodeError> {
        let refused = |kind| NodeError::new(peer.label.clone(), CONNECT, kind);
        // Addresses that are written as such are never looked up.
        if let Some(range) = self.builder.addresses.objection_to(&peer.address) {
            return Err(refused(NodeErrorKind::AddressRefused(range)));
        }
        let client = self.clients.at(&peer.address, peer.trust_all_certificates, &self.builder);
        let client = client.map_err(|error| {
            let reason = "the HTTP client cannot be set up".to_owned();
            refused(NodeErrorKind::InvalidRequest(reason)).caused_by(error)
        })?;
        let (timeouts, retries) = (self.builder.timeouts.clone(), Arc::clone(&self.retries));
        let stop = self.stop.clone();
        Ok(Transport::new(client, peer, timeouts, retries).stopped_by(stop))
    }
}

impl NodeConnector for HttpConnector {
    fn connect(
        &self,
        node: &NodeSettings,
        acting: Identity,
    ) -> Result<Arc<dyn AutomationNode>, NodeError> {
        Ok(Arc::new(self.node(node, &acting)?))
    }

    fn accounts(&self, node: &NodeSettings) -> Result<Arc<dyn NodeAccounts>, NodeError> {
        Ok(Arc::new(self.node(node, &Identity::ApiKey)?))
    }

    fn keys(&self, node: &NodeSettings) -> Option<Result<Arc<dyn NodeKeys>, NodeError>> {
        let node = self.node(node, &Identity::ApiKey);
        Some(node.map(|node| -> Arc<dyn NodeKeys> { Arc::new(node) }))
    }

    fn without_retries(&self) -> Option<Arc<dyn NodeConnector>> {
        let builder = self.builder.clone().retries(RetryPolicy::never());
        let retries = Arc::new(Retries::new(RetryPolicy::never()));
        let (clients, stop) = (Arc::clone(&self.clients), self.stop.clone());
        Some(Arc::new(Self { builder, clients, retries, stop }))
    }

    fn stopped_by(&self, order: &StopOrder) -> Option<Arc<dyn NodeConnector>> {
        let (clients, retries) = (Arc::clone(&self.clients), Arc::clone(&self.retries));
        let (builder, stop) = (self.builder.clone(), Some(order.clone()));
        Some(Arc::new(Self { builder, clients, retries, stop }))
    }

    fn hook_sender(&self) -> Option<Arc<dyn HookSender>> {
        let (clients, retries) = (Arc::clone(&self.clients), Arc::clone(&self.retries));
        Some(Arc::new(Self { builder: self.builder.clone(), clients, retries, stop: None }))
    }

    #[cfg(feature = "fleet")]
    fn fleets(&self) -> Option<Arc<dyn FleetConnector>> {
        let (clients, retries) = (Arc::clone(&self.clients), Arc::clone(&self.retries));
        Some(Arc::new(Self { builder: self.builder.clone(), clients, retries, stop: None }))
    }
}

/// Without the clients: a proxy of the environment may have its password in its address.
impl fmt::Debug for HttpConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpConnector")
            .field("builder", &self.builder)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}
