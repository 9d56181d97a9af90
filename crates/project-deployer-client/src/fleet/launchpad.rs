use project_deployer_core::NodeAddress;
use serde_json::Value;

use super::credentials::FleetCredentials;
use super::discovery::Discovery;
use super::documents;
use super::error::FleetError;
use super::request::launchpad;
use super::setup::{FleetSetupError, Setup, connecting, place};
use super::transport::Transport;
use crate::error::NodeErrorKind;

/// Where Dataiku Cloud has its Launchpad (wire-facts 1.1).
const ADDRESS: &str = "https://api.launchpad-dku.app.dataiku.io/v1";

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
        let transport = self.setup.transport(address)?;
        Ok(Launchpad { space: self.space, transport })
    }
}

impl Launchpad {
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
        let listed = self.nodes().await?;
        let (mut nodes, mut gaps) = (Vec::new(), Vec::new());
        for (position, entry) in listed.iter().enumerate() {
            match documents::launchpad_node(entry) {
                Ok(node) => nodes.push(node),
                Err(reason) => gaps.push(documents::unreadable(position, entry, "name", reason)),
            }
        }
        Ok(Discovery::new(self.transport.service(), nodes, gaps))
    }

    async fn nodes(&self) -> Result<Vec<Value>, FleetError> {
        let request = launchpad::nodes(&self.space, None);
        let answer = self.transport.send(&request).await?;
        let reasons = documents::launchpad_refusal(&answer.body);
        answer.into_json().map_err(|kind| {
            let kind = match (kind, reasons) {
                (NodeErrorKind::Refused { status: 422, .. }, Some(message)) => {
                    NodeErrorKind::Refused { status: 422, message }
                }
                (kind, _) => kind,
            };
            self.transport.error(&request, kind)
        })
    }
}
