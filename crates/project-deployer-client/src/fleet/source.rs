//! Turns the settings of a service into what reads its nodes.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use project_deployer_core::NodeAddress;

use super::credentials::FleetCredentials;
use super::discovery::Discovery;
use super::error::FleetError;

/// Whether a discovery also reads the admin keys of Automation nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdminKeys {
    /// It reads them.
    Ask,
    /// It does not read them.
    Leave,
}

/// A service that lists nodes, and how it is reached.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum FleetService {
    /// A Fleet Manager of Cloud Stacks (wire-facts 6.1).
    FleetManager {
        /// Where it is.
        address: NodeAddress,
        /// Its tenant; `main` where there is one only.
        tenant: String,
        /// Its key.
        credentials: FleetCredentials,
        /// Accept any certificate: by default a Fleet Manager has a self-signed one.
        trust_all_certificates: bool,
        /// Whether it is asked for the admin keys of nodes.
        admin_keys: AdminKeys,
    },
    /// The Launchpad of a space of Dataiku Cloud (wire-facts 6.2).
    Launchpad {
        /// Where it is; none is the one of Dataiku Cloud.
        address: Option<NodeAddress>,
        /// The space.
        space: String,
        /// Its key.
        credentials: FleetCredentials,
    },
}

/// Reads the nodes of one fleet. Programs may implement it for a service of their own.
#[async_trait]
pub trait FleetSource: fmt::Debug + Send + Sync {
    /// Reads all nodes.
    ///
    /// # Errors
    ///
    /// The list itself cannot be read. Other unknown values are recorded at each node.
    async fn discover(&self) -> Result<Discovery, FleetError>;
}

/// Turns the settings of a service into a [`FleetSource`]. Connecting sends nothing.
pub trait FleetConnector: fmt::Debug + Send + Sync + 'static {
    /// The nodes of a service.
    ///
    /// # Errors
    ///
    /// The settings cannot be encoded in requests, or the address is not allowed.
    fn fleet(&self, service: &FleetService) -> Result<Arc<dyn FleetSource>, FleetError>;
}
