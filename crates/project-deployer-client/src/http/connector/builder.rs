use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use project_deployer_core::AddressPolicy;

use super::clients::Clients;
use super::names::{CheckedNames, NameLookup, Names};
use super::{HttpConnector, HttpProxy};
use crate::http::times::HttpTimeouts;
use crate::retry::{Retries, RetryPolicy};

/// Builds an [`HttpConnector`].
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct HttpConnectorBuilder {
    pub(super) timeouts: HttpTimeouts,
    authorities: Vec<reqwest::Certificate>,
    pem: Vec<Vec<u8>>,
    pub(super) retries: RetryPolicy,
    pub(super) addresses: AddressPolicy,
    pub(super) proxy: HttpProxy,
    lookup: NameLookup,
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
    pub fn timeouts(mut self, timeouts: HttpTimeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Another policy than the usual one for calls that fail. Its budget is shared by all nodes that
    /// are spoken to through this connector.
    pub fn retries(mut self, policy: RetryPolicy) -> Self {
        self.retries = policy;
        self
    }

    /// One or more certificate authorities in PEM, besides the system's.
    pub fn certificate_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.pem.push(pem.into());
        self
    }

    /// Another policy than the usual one for the addresses that are spoken to, and for what names lead
    /// to.
    pub fn addresses(mut self, policy: AddressPolicy) -> Self {
        self.addresses = policy;
        self
    }

    /// A proxy, of which there is none otherwise.
    pub fn proxy(mut self, proxy: HttpProxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Another way from names to addresses than the system's. It may block.
    pub fn dns_resolver(
        mut self,
        lookup: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        self.lookup = NameLookup::new(lookup);
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
        let clients = Arc::new(Clients::starting_with(self.first_client()?));
        let retries = Arc::new(Retries::new(self.retries.clone()));
        Ok(HttpConnector { builder: self, clients, retries })
    }

    /// The client of the first node that is spoken to. What would fail for it fails here, where somebody can
    /// see it, and what fails only with the authorities is their fault.
    fn first_client(&self) -> Result<reqwest::Client, HttpConnectorError> {
        let bare = Self { authorities: Vec::new(), ..self.clone() };
        let client = bare.client(false).map_err(HttpConnectorError::Client)?;
        if self.authorities.is_empty() {
            return Ok(client);
        }
        self.client(false).map_err(HttpConnectorError::Authority)
    }

    pub(super) fn client(&self, trust_all: bool) -> Result<reqwest::Client, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(self.timeouts.connect)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .dns_resolver(self.names())
            .tls_certs_merge(self.authorities.iter().cloned())
            .tls_danger_accept_invalid_certs(trust_all);
        self.proxy.set_up(client)?.build()
    }

    fn names(&self) -> Names {
        Names(Arc::new(CheckedNames {
            lookup: self.lookup.clone(),
            policy: self.addresses.clone(),
            unchecked: self.proxy.own_host().map(str::to_owned),
        }))
    }
}
