use std::fmt;
use std::sync::Arc;

use axum::Router;
use project_deployer::Deployer;
use tower::ServiceExt as _;

use crate::api::{self, FrontendOptions, Frontends};
use crate::authenticator::{ApiKeyAuthenticator, Authenticator};
use crate::console;
use crate::normalize::normalize;
use crate::operations::{EventStreams, Limits, Operations, RunningRequests, around};
use crate::public_api;

/// A [`Deployer`] as an HTTP service: the product's public API, at both of its prefixes.
///
/// [`into_router`](Self::into_router) gives an axum router, to serve or to nest into a host's own one. The service
/// has no TLS; the host or a proxy has it.
#[must_use = "a service does nothing until it is made a router"]
pub struct DeployerService {
    pub(crate) context: ServiceContext,
    limits: Limits,
    behind_proxy: bool,
    open_metrics: bool,
}

/// What every request needs.
#[derive(Clone)]
pub(crate) struct ServiceContext {
    pub(crate) deployer: Deployer,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) node_id: Arc<str>,
    pub(crate) operations: Arc<Operations>,
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
                operations: Operations::new(&Limits::default(), false, false),
                frontends: Arc::default(),
            },
            limits: Limits::default(),
            behind_proxy: false,
            open_metrics: false,
        }
    }

    /// Sets how much one caller may ask for. [`Limits::default`] by default.
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }.built()
    }

    /// Says that a proxy is in front of the service: the last address in `X-Forwarded-For` is that of the client.
    pub fn behind_proxy(self, behind_proxy: bool) -> Self {
        Self { behind_proxy, ..self }.built()
    }

    /// Lets everybody read `/metrics`. By default it takes the API key of a global administrator.
    pub fn open_metrics(self, open_metrics: bool) -> Self {
        Self { open_metrics, ..self }.built()
    }

    fn built(mut self) -> Self {
        self.context.operations =
            Operations::new(&self.limits, self.behind_proxy, self.open_metrics);
        self
    }

    /// The changes that requests have begun: a host that stops waits for their end after it has stopped to serve. Call it
    /// after the options of the service.
    #[must_use]
    pub fn running_requests(&self) -> RunningRequests {
        self.context.operations.running.clone()
    }

    /// The streams of events: a host that stops ends them as it stops to accept connections, since they do not end by
    /// themselves within any time for requests. Call it after the options of the service.
    #[must_use]
    pub fn event_streams(&self) -> EventStreams {
        self.context.operations.event_streams.clone()
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
        let public = public_api::router(self.context.clone());
        let api = public.merge(frontends).merge(console::router());
        // Paths are normalized before a route is looked up.
        let face = Router::new().fallback_service(api.map_request(normalize));
        around(face, &self.context)
    }
}

impl fmt::Debug for DeployerService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeployerService")
            .field("deployer", &self.context.deployer)
            .finish_non_exhaustive()
    }
}
