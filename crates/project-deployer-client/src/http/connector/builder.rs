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

type Source = Box<dyn std::error::Error + Send + Sync>;

fn authority(error: reqwest::Error) -> HttpConnectorError {
    HttpConnectorError::Authority(error.into())
}

/// Why a connector cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpConnectorError {
    /// A certificate authority that cannot be read.
    #[error(
        "the certificate authority is not a PEM certificate; pass the text from `-----BEGIN CERTIFICATE-----` on"
    )]
    Authority(#[source] Source),
    /// The text has no certificate.
    #[error("the text has no certificate; pass the text from `-----BEGIN CERTIFICATE-----` on")]
    NoCertificate,
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] Source),
}

impl HttpConnectorBuilder {
    /// Sets the timeouts.
    pub fn timeouts(mut self, timeouts: HttpTimeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets the policy for retries. All nodes of this connector share its budget.
    pub fn retries(mut self, policy: RetryPolicy) -> Self {
        self.retries = policy;
        self
    }

    /// Adds one or more certificate authorities in PEM to those of the system.
    pub fn certificate_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.pem.push(pem.into());
        self
    }

    /// Sets the policy for allowed addresses. It also holds for the addresses that names resolve to.
    pub fn addresses(mut self, policy: AddressPolicy) -> Self {
        self.addresses = policy;
        self
    }

    /// Sets a proxy. The default is none.
    pub fn proxy(mut self, proxy: HttpProxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Replaces the system's DNS resolver. The function may block.
    pub fn dns_resolver(
        mut self,
        lookup: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        self.lookup = NameLookup::new(lookup);
        self
    }

    /// Builds the connector.
    ///
    /// # Errors
    ///
    /// A certificate authority cannot be read, or the HTTP client cannot be set up.
    pub fn build(mut self) -> Result<HttpConnector, HttpConnectorError> {
        for pem in std::mem::take(&mut self.pem) {
            let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(authority)?;
            if found.is_empty() {
                return Err(HttpConnectorError::NoCertificate);
            }
            self.authorities.extend(found);
        }
        let clients = Arc::new(Clients::starting_with(self.first_client()?));
        let retries = Arc::new(Retries::new(self.retries.clone()));
        Ok(HttpConnector { builder: self, clients, retries, stop: None })
    }

    /// The client of the first node. A problem with the client fails here, where the caller can see
    /// it. What fails only with the authorities is a problem of the authorities.
    fn first_client(&self) -> Result<reqwest::Client, HttpConnectorError> {
        let bare = Self { authorities: Vec::new(), ..self.clone() };
        let client =
            bare.client(false).map_err(|error| HttpConnectorError::Client(error.into()))?;
        if self.authorities.is_empty() {
            return Ok(client);
        }
        self.client(false).map_err(authority)
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
