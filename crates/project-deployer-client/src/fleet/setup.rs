use project_deployer_core::{NodeAddress, NodeAddressError};

use super::connect::transport;
use super::credentials::FleetCredentials;
use super::error::FleetError;
use super::instance::fits_into_a_path;
use crate::http::{HttpConnector, HttpConnectorBuilder, HttpConnectorError, Transport};

/// Why the client of a fleet's service cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FleetSetupError {
    /// A certificate authority cannot be read, or the HTTP client cannot be set up.
    #[error(transparent)]
    Http(#[from] HttpConnectorError),
    /// The address of the service is invalid.
    #[error(transparent)]
    Address(#[from] NodeAddressError),
    /// The address is not allowed.
    #[error(transparent)]
    Refused(#[from] FleetError),
    /// The tenant or the space is not valid in a path.
    #[error(
        "the {what} is not valid in a path; use 1 to 128 characters without control characters, not `.` or `..`"
    )]
    Place {
        /// `tenant` or `space`.
        what: &'static str,
    },
}

/// The settings of the clients of both services.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    credentials: FleetCredentials,
    pub(super) connector: HttpConnectorBuilder,
    pub(super) trust_all_certificates: bool,
}

impl Setup {
    pub(super) fn new(credentials: FleetCredentials) -> Self {
        let connector = HttpConnector::builder();
        Self { credentials, connector, trust_all_certificates: false }
    }

    /// # Errors
    ///
    /// A certificate authority cannot be read, the HTTP client cannot be set up, or the address is not
    /// allowed.
    pub(super) fn transport(self, address: &NodeAddress) -> Result<Transport, FleetSetupError> {
        let connector = self.connector.build()?;
        let trust_all = self.trust_all_certificates;
        Ok(transport(&connector, address, &self.credentials, trust_all)?)
    }
}

/// # Errors
///
/// The text is not valid in a path.
pub(super) fn place(what: &'static str, text: &str) -> Result<(), FleetSetupError> {
    if fits_into_a_path(text) { Ok(()) } else { Err(FleetSetupError::Place { what }) }
}

/// Gives the builder of a service its ways to connect. They are methods of the builder itself, so that
/// callers need no import.
macro_rules! connecting {
    ($builder:ty) => {
        impl $builder {
            /// Sets the connector: timeouts, authorities, retries, address policy, proxy.
            pub fn connector(mut self, connector: $crate::http::HttpConnectorBuilder) -> Self {
                self.setup.connector = connector;
                self
            }

            /// Sets the timeouts.
            pub fn timeouts(mut self, timeouts: $crate::http::HttpTimeouts) -> Self {
                self.setup.connector = self.setup.connector.timeouts(timeouts);
                self
            }

            /// Adds one or more certificate authorities in PEM to those of the system.
            pub fn certificate_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
                self.setup.connector = self.setup.connector.certificate_authority(pem);
                self
            }
        }
    };
}
pub(super) use connecting;
