//! What a host decides about frontends.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::HeaderName;
use project_deployer::SessionLimits;
use project_deployer::ldap::{Directories, DirectoryConnector};

/// How frontends reach the service: other sites, browsers, proxies.
#[derive(Debug, Clone)]
#[must_use]
pub struct FrontendOptions {
    pub(crate) origins: BTreeSet<String>,
    pub(crate) over_tls: bool,
    pub(crate) sessions: SessionLimits,
    pub(crate) proxies: Option<TrustedProxies>,
    pub(crate) directories: Arc<dyn DirectoryConnector>,
}

/// Proxies that authenticate users.
#[derive(Debug, Clone)]
pub(crate) struct TrustedProxies {
    pub(crate) header: HeaderName,
    pub(crate) addresses: BTreeSet<IpAddr>,
}

impl Default for FrontendOptions {
    /// No other site, no proxy, no TLS, no directory.
    fn default() -> Self {
        Self {
            origins: BTreeSet::new(),
            over_tls: false,
            sessions: SessionLimits::default(),
            proxies: None,
            directories: Arc::new(Directories::default()),
        }
    }
}

impl FrontendOptions {
    /// Lets pages of these origins, such as `https://deploy.example`, call the API with API keys. Sessions of browsers
    /// stay with the origin of the service.
    pub fn origins(self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { origins: origins.into_iter().map(Into::into).collect(), ..self }
    }

    /// Says whether browsers reach the service over TLS, so that they send cookies over TLS only.
    pub fn over_tls(self, over_tls: bool) -> Self {
        Self { over_tls, ..self }
    }

    /// Sets how long sessions of browsers last.
    pub fn sessions(self, sessions: SessionLimits) -> Self {
        Self { sessions, ..self }
    }

    /// Trusts a header in which proxies at these addresses name the login. A request from another address that has the
    /// header is refused. The host has to serve the router with `ConnectInfo<SocketAddr>`.
    pub fn trusted_proxies(
        self,
        header: HeaderName,
        addresses: impl IntoIterator<Item = IpAddr>,
    ) -> Self {
        let addresses = addresses.into_iter().collect();
        Self { proxies: Some(TrustedProxies { header, addresses }), ..self }
    }

    /// Sets how parity checks reach directories. Without it, directories are unknown to them.
    pub fn directories(self, directories: impl DirectoryConnector + 'static) -> Self {
        Self { directories: Arc::new(directories), ..self }
    }
}
