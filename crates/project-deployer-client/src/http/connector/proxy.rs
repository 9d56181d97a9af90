use std::fmt;

use project_deployer_core::NodeAddress;
use secrecy::{ExposeSecret as _, SecretString};

/// The proxy between a connector and the nodes.
///
/// A proxy resolves names itself and decides where it connects. So behind a proxy the
/// [address policy](project_deployer_core::AddressPolicy) holds for literal IP addresses, and not for names
/// ([`HttpConnector::checks_names`](crate::HttpConnector::checks_names)). If a node has no TLS, the proxy can
/// read the admin key.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum HttpProxy {
    /// No proxy. The proxy variables of the environment are ignored: a Deployer is usually in the network of
    /// its nodes.
    #[default]
    None,
    /// The proxy of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` at the first call to a node, or of
    /// the settings of the operating system.
    Environment,
    /// This proxy.
    Server(ProxyServer),
}

/// An HTTP proxy.
#[derive(Clone)]
#[must_use]
pub struct ProxyServer {
    address: NodeAddress,
    credentials: Option<(String, SecretString)>,
    except: String,
}

impl ProxyServer {
    /// A proxy without a login, for all nodes.
    pub fn new(address: NodeAddress) -> Self {
        Self { address, credentials: None, except: String::new() }
    }

    /// The login at the proxy.
    pub fn credentials(
        mut self,
        user: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        self.credentials = Some((user.into(), password.into()));
        self
    }

    /// Connects to these directly, written as in `NO_PROXY`: hosts, domains, IP addresses and networks,
    /// separated by commas.
    pub fn except(mut self, hosts: impl Into<String>) -> Self {
        self.except = hosts.into();
        self
    }

    /// The host name of the proxy, which the owner of the connector chose.
    fn host(&self) -> Option<&str> {
        self.address.url().host_str()
    }

    fn built(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        let proxy = reqwest::Proxy::all(self.address.url().clone())?;
        let proxy = proxy.no_proxy(reqwest::NoProxy::from_string(&self.except));
        Ok(match &self.credentials {
            Some((user, password)) => proxy.basic_auth(user, password.expose_secret()),
            None => proxy,
        })
    }
}

impl HttpProxy {
    /// Whether every connection is made by us.
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// A host that is not a node's and to which the policy does not apply.
    pub(super) fn own_host(&self) -> Option<&str> {
        match self {
            Self::Server(server) => server.host(),
            Self::None | Self::Environment => None,
        }
    }

    pub(super) fn set_up(
        &self,
        client: reqwest::ClientBuilder,
    ) -> Result<reqwest::ClientBuilder, reqwest::Error> {
        Ok(match self {
            Self::None => client.no_proxy(),
            Self::Environment => client,
            Self::Server(server) => client.proxy(server.built()?),
        })
    }
}

/// Without the password.
impl fmt::Debug for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyServer")
            .field("address", &self.address.to_string())
            .field("user", &self.credentials.as_ref().map(|(user, _)| user))
            .field("except", &self.except)
            .finish()
    }
}
