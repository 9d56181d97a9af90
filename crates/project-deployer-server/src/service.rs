use std::fmt;
use std::sync::Arc;

use axum::Router;
use project_deployer::Deployer;
use tower::ServiceExt as _;

use crate::api::{self, FrontendOptions, Frontends};
use crate::authenticator::{ApiKeyAuthenticator, Authenticator};
use crate::console;
use crate::normalize::normalize;
use crate::public_api;

/// A [`Deployer`] as an HTTP service: the product's public API, at both of its prefixes.
///
/// [`into_router`](Self::into_router) gives an axum router, to serve or to nest into a host's own one. The service
/// has no TLS; the host or a proxy has it.
#[must_use = "a service does nothing until it is made a router"]
pub struct DeployerService {
    pub(crate) context: ServiceContext,
}

/// What every request needs.
#[derive(Clone)]
pub(crate) struct ServiceContext {
    pub(crate) deployer: Deployer,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) node_id: Arc<str>,
    pub(crate) frontends: Arc<Frontends>,
}

impl DeployerService {
    /// A service that authenticates by the API keys of this Deployer.
    pub fn new(deployer: Deployer) -> Self {
        Self {
            context: ServiceContext {
                authenticator: Arc::new(ApiKeyAuthenticator::new(deployer.clone())),
                deployer,
                node_id: "deployer".into(),
                frontends: Arc::default(),
            },
        }
    }

    /// Replaces the authenticator: for a host with an identity provider of its own.
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.context.authenticator = Arc::new(authenticator);
        self
    }

    /// Sets the id that the service reports for itself (wire-facts 3.1). `deployer` by default.
    pub fn node_id(mut self, node_id: impl Into<Arc<str>>) -> Self {
        self.context.node_id = node_id.into();
        self
    }

    /// Sets how frontends reach the API below `/api/v1`.
    pub fn frontends(mut self, options: FrontendOptions) -> Self {
        self.context.frontends = Arc::new(Frontends { options, ..Frontends::default() });
        self
    }

    /// The service as a router. It takes every path below the place where it is nested.
    pub fn into_router(self) -> Router {
        let frontends = api::router(&self.context);
        let api = public_api::router(self.context).merge(frontends).merge(console::router());
        // Paths are normalized before a route is looked up.
        Router::new().fallback_service(api.map_request(normalize))
    }
}

impl fmt::Debug for DeployerService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeployerService")
            .field("deployer", &self.context.deployer)
            .finish_non_exhaustive()
    }
}
