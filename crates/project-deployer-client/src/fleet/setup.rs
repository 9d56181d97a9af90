use project_deployer_core::{NodeAddress, NodeAddressError};
use url::Url;

use super::credentials::FleetCredentials;
use super::instance::fits_into_a_path;
use super::transport::Transport;
use crate::http::{HttpConnectorError, HttpTimeouts};

/// A fleet's service that cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FleetSetupError {
    /// A certificate authority cannot be read, or the HTTP client cannot be set up.
    #[error(transparent)]
    Http(#[from] HttpConnectorError),
    /// The address of the service is none.
    #[error(transparent)]
    Address(#[from] NodeAddressError),
    /// The tenant or the space cannot stand in a path.
    #[error(
        "the {what} cannot stand in a path; write 1 to 128 characters without control characters, not `.` or `..`"
    )]
    Place {
        /// `tenant` or `space`.
        what: &'static str,
    },
}

/// What both services are set up from.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) credentials: FleetCredentials,
    pub(super) timeouts: HttpTimeouts,
    pub(super) authorities: Vec<Vec<u8>>,
    pub(super) trust_all_certificates: bool,
}

impl Setup {
    pub(super) fn new(credentials: FleetCredentials) -> Self {
        Self {
            credentials,
            timeouts: HttpTimeouts::default(),
            authorities: Vec::new(),
            trust_all_certificates: false,
        }
    }

    /// # Errors
    ///
    /// A certificate authority cannot be read, or the HTTP client cannot be set up.
    pub(super) fn transport(self, address: &NodeAddress) -> Result<Transport, FleetSetupError> {
        let client = self.client()?;
        let base: Url = address.url().clone();
        Ok(Transport::new(client, base, address.to_string(), self.credentials, self.timeouts))
    }

    fn client(&self) -> Result<reqwest::Client, HttpConnectorError> {
        let mut authorities = Vec::new();
        for pem in &self.authorities {
            let found = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(HttpConnectorError::Authority)?;
            if found.is_empty() {
                return Err(HttpConnectorError::NoCertificate);
            }
            authorities.extend(found);
        }
        reqwest::Client::builder()
            .connect_timeout(self.timeouts.connect)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .tls_certs_merge(authorities)
            .tls_danger_accept_invalid_certs(self.trust_all_certificates)
            .build()
            .map_err(HttpConnectorError::Client)
    }
}

/// # Errors
///
/// The text cannot stand in a path.
pub(super) fn place(what: &'static str, text: &str) -> Result<(), FleetSetupError> {
    if fits_into_a_path(text) { Ok(()) } else { Err(FleetSetupError::Place { what }) }
}
