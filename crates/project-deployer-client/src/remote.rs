//! A Project Deployer over HTTP: the product's own, or another one that speaks its API.

mod first_settings;
mod meaning;
mod monitoring;
mod project_deployer;
mod wait;

use std::fmt;
use std::sync::Arc;

use project_deployer_core::Login;
use project_deployer_core::infra::NodeSettings;

use self::meaning::Subject;
pub use self::monitoring::MonitoredDeployment;
use crate::connector::Identity;
use crate::error::NodeError;
use crate::http::{HttpConnector, HttpNode};
use crate::project_deployer::DeployerError;
use crate::request::Call;

/// A Deployer over HTTP. The caller is the owner of a key, or a login that an admin key impersonates
/// (wire-facts 1.4).
///
/// Certificate authorities and time limits come from the connector. The settings say whether any certificate
/// is accepted. The key may be an admin global key or a personal key; it determines the rights.
///
/// ```
/// use std::sync::Arc;
/// use project_deployer_client::{HttpConnector, RemoteDeployer};
/// use project_deployer_core::infra::NodeSettings;
/// use project_deployer_core::{ApiKeySecret, Login, NodeAddress};
///
/// let connector = Arc::new(HttpConnector::builder().build()?);
/// let deployer = RemoteDeployer::new(
///     connector,
///     NodeSettings::new(
///         NodeAddress::parse("https://deployer.example:11300")?,
///         ApiKeySecret::new("secret-of-the-key")?,
///     ),
/// )?;
/// let as_mina = deployer.acting_as(Login::parse("mina")?)?; // nothing was sent so far
/// # let _ = as_mina;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RemoteDeployer {
    connector: Arc<HttpConnector>,
    settings: NodeSettings,
    node: HttpNode,
}

impl RemoteDeployer {
    /// A Deployer as the owner of its key. Nothing is sent.
    ///
    /// # Errors
    ///
    /// The HTTP client cannot be set up.
    pub fn new(connector: Arc<HttpConnector>, settings: NodeSettings) -> Result<Self, NodeError> {
        Self::as_caller(connector, settings, &Identity::ApiKey)
    }

    /// The same Deployer as a login; the key has to be an admin's. Nothing is sent.
    ///
    /// # Errors
    ///
    /// The login is not valid in a header.
    pub fn acting_as(&self, login: Login) -> Result<Self, NodeError> {
        let connector = Arc::clone(&self.connector);
        Self::as_caller(connector, self.settings.clone(), &Identity::Impersonate(login))
    }

    fn as_caller(
        connector: Arc<HttpConnector>,
        settings: NodeSettings,
        acting: &Identity,
    ) -> Result<Self, NodeError> {
        let node = connector.node(&settings, acting)?;
        Ok(Self { connector, settings, node })
    }

    /// The node that the Deployer runs on, for all that is not the Deployer: accounts, LDAP settings,
    /// API keys.
    #[must_use]
    pub fn node(&self) -> &HttpNode {
        &self.node
    }

    /// Sends a request and reads its answer.
    async fn call<T>(&self, call: &Call<T>, subject: Subject) -> Result<T, DeployerError> {
        self.node.call(call).await.map_err(|error| subject.meaning(error))
    }
}

impl fmt::Debug for RemoteDeployer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteDeployer").field("node", &self.node).finish_non_exhaustive()
    }
}
