use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use project_deployer_core::NodeAddress;
use project_deployer_core::infra::NodeSettings;

use super::node::HttpNode;
use super::transport::Transport;
use crate::automation_node::AutomationNode;
use crate::connector::{Acting, NodeConnector};
use crate::error::{NodeError, NodeErrorKind};
use crate::node_accounts::NodeAccounts;
use crate::retry::{Retries, RetryPolicy};

/// Speaks to nodes over HTTP and HTTPS. Certificates are verified with the system's authorities and
/// those that were added, unless the settings of a node say that any certificate will do.
#[derive(Debug)]
pub struct HttpConnector {
    builder: HttpConnectorBuilder,
    clients: Arc<Mutex<HashMap<(NodeAddress, bool), reqwest::Client>>>,
    retries: Arc<Retries>,
}

/// How long things may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpTimeouts {
    /// Until the connection stands. 10 s.
    pub connect: Duration,
    /// An ordinary call, to the last byte of its answer, repetitions included. 60 s.
    pub call: Duration,
    /// What a node works on before it answers (import, preload, activate), its future included. 1 h.
    pub task: Duration,
    /// What an upload may add per MiB of the archive. 4 s, that is 256 KiB/s at least.
    pub upload_per_mib: Duration,
    /// The first pause before a future is asked again; each next one is a tenth longer. 200 ms.
    pub first_poll: Duration,
    /// The longest such pause. 15 s.
    pub longest_poll: Duration,
}

impl Default for HttpTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            call: Duration::from_secs(60),
            task: Duration::from_secs(3600),
            upload_per_mib: Duration::from_secs(4),
            first_poll: Duration::from_millis(200),
            longest_poll: Duration::from_secs(15),
        }
    }
}

/// Builds an [`HttpConnector`].
#[derive(Debug, Clone, Default)]
pub struct HttpConnectorBuilder {
    timeouts: HttpTimeouts,
    authorities: Vec<reqwest::Certificate>,
    pem: Vec<Vec<u8>>,
    retries: RetryPolicy,
}

/// A connector that cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpConnectorError {
    /// A certificate authority that cannot be read.
    #[error(
        "the certificate authority is not a PEM certificate; hand in the text from `-----BEGIN CERTIFICATE-----` on"
    )]
    Authority(#[source] reqwest::Error),
    /// The text has no certificate.
    #[error("the text has no certificate; hand in the text from `-----BEGIN CERTIFICATE-----` on")]
    NoCertificate,
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}

impl HttpConnectorBuilder {
    /// Other times than the usual ones.
    #[must_use]
    pub fn timeouts(mut self, timeouts: HttpTimeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Another policy than the usual one for calls that fail. Its budget is shared by all nodes that
    /// are spoken to through this connector.
    #[must_use]
    pub fn retries(mut self, policy: RetryPolicy) -> Self {
        self.retries = policy;
        self
    }

    /// One or more certificate authorities in PEM, besides the system's.
    #[must_use]
    pub fn certificate_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.pem.push(pem.into());
        self
    }

    /// The connector.
    ///
    /// # Errors
    ///
    /// A certificate authority cannot be read, or the HTTP client cannot be set up.
    pub fn build(mut self) -> Result<HttpConnector, HttpConnectorError> {
        for pem in std::mem::take(&mut self.pem) {
            let found = reqwest::Certificate::from_pem_bundle(&pem)
                .map_err(HttpConnectorError::Authority)?;
            if found.is_empty() {
                return Err(HttpConnectorError::NoCertificate);
            }
            self.authorities.extend(found);
        }
        // What would fail for the first node fails here, where somebody can see it. What fails only
        // with the authorities is their fault.
        let bare = Self { authorities: Vec::new(), ..self.clone() };
        bare.client(false).map_err(HttpConnectorError::Client)?;
        self.client(false).map_err(HttpConnectorError::Authority)?;
        let retries = Arc::new(Retries::new(self.retries.clone()));
        Ok(HttpConnector { builder: self, clients: Arc::default(), retries })
    }

    fn client(&self, trust_all: bool) -> Result<reqwest::Client, reqwest::Error> {
        reqwest::Client::builder()
            .connect_timeout(self.timeouts.connect)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .tls_certs_merge(self.authorities.iter().cloned())
            .tls_danger_accept_invalid_certs(trust_all)
            .build()
    }
}

impl HttpConnector {
    /// Starts with the usual times and the system's authorities.
    #[must_use]
    pub fn builder() -> HttpConnectorBuilder {
        HttpConnectorBuilder::default()
    }

    /// A node with all that HTTP offers beyond the boundary traits.
    ///
    /// # Errors
    ///
    /// Key or login cannot stand in a header.
    pub fn node(&self, node: &NodeSettings, acting: &Acting) -> Result<HttpNode, NodeError> {
        let unspeakable = |reason: &str| {
            NodeError::new(
                node.to_string(),
                "connect",
                NodeErrorKind::Unspeakable(reason.to_owned()),
            )
        };
        let client = self
            .client_for(node)
            .map_err(|error| unspeakable("the HTTP client cannot be set up").caused_by(error))?;
        let (timeouts, retries) = (self.builder.timeouts.clone(), Arc::clone(&self.retries));
        let transport = Transport::new(client, node, acting, timeouts, retries)
            .map_err(|reason| unspeakable(&reason))?;
        Ok(HttpNode::new(transport))
    }

    /// One client per node and trust, shared by everybody who speaks to it.
    fn client_for(&self, node: &NodeSettings) -> Result<reqwest::Client, reqwest::Error> {
        let place = (node.address.clone(), node.trust_all_certificates);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&place) {
            return Ok(client.clone());
        }
        let client = self.builder.client(node.trust_all_certificates)?;
        clients.insert(place, client.clone());
        Ok(client)
    }
}

impl NodeConnector for HttpConnector {
    fn connect(
        &self,
        node: &NodeSettings,
        acting: Acting,
    ) -> Result<Arc<dyn AutomationNode>, NodeError> {
        Ok(Arc::new(self.node(node, &acting)?))
    }

    fn accounts(&self, node: &NodeSettings) -> Result<Arc<dyn NodeAccounts>, NodeError> {
        Ok(Arc::new(self.node(node, &Acting::Key)?))
    }

    fn without_repeats(&self) -> Option<Arc<dyn NodeConnector>> {
        let builder = self.builder.clone().retries(RetryPolicy::never());
        let retries = Arc::new(Retries::new(RetryPolicy::never()));
        Some(Arc::new(Self { builder, clients: Arc::clone(&self.clients), retries }))
    }
}
