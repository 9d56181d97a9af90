use project_deployer_core::NodeAddress;

use super::credentials::FleetCredentials;
use super::discovery::Discovery;
use super::error::FleetError;
use super::setup::{FleetSetupError, Setup, connecting, place};
use crate::http::Transport;
use crate::request::launchpad;

/// Where Dataiku Cloud has its Launchpad (wire-facts 1.1).
pub(super) const ADDRESS: &str = "https://api.launchpad-dku.app.dataiku.io/v1";

/// The Launchpad of a space of Dataiku Cloud (wire-facts 6.2).
///
/// It reports the names and types of nodes, and nothing else: no address, no key, no state. Set these by
/// hand, once.
#[derive(Debug)]
pub struct Launchpad {
    space: String,
    transport: Transport,
}

/// Builds a [`Launchpad`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is built"]
pub struct LaunchpadBuilder {
    address: Option<NodeAddress>,
    space: String,
    setup: Setup,
}

connecting!(LaunchpadBuilder);

impl LaunchpadBuilder {
    /// Replaces the address of Dataiku Cloud. It includes the version of the API.
    pub fn address(mut self, address: NodeAddress) -> Self {
        self.address = Some(address);
        self
    }

    /// The Launchpad. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The space is not valid in a path, a certificate authority cannot be read, the HTTP client cannot be
    /// set up, or the address is not allowed.
    pub fn build(self) -> Result<Launchpad, FleetSetupError> {
        place("space", &self.space)?;
        let address = self.address.map_or_else(|| NodeAddress::parse(ADDRESS), Ok)?;
        let transport = self.setup.transport(&address)?;
        Ok(Launchpad { space: self.space, transport })
    }
}

impl Launchpad {
    pub(super) fn over(space: String, transport: Transport) -> Self {
        Self { space, transport }
    }

    /// Starts with the address of Dataiku Cloud, the usual times and the system's authorities.
    pub fn builder(space: impl Into<String>, credentials: FleetCredentials) -> LaunchpadBuilder {
        LaunchpadBuilder { address: None, space: space.into(), setup: Setup::new(credentials) }
    }

    /// Reads all nodes of the space.
    ///
    /// # Errors
    ///
    /// The list cannot be read.
    pub async fn discover(&self) -> Result<Discovery, FleetError> {
        let listed = self.transport.call(&launchpad::nodes(&self.space, None), None).await?;
        Ok(Discovery::of(self.transport.label(), listed))
    }
}
