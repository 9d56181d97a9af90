//! Fleets over HTTP, under the same rules for addresses, certificates and proxies as nodes.

use std::sync::Arc;

use async_trait::async_trait;
use project_deployer_core::NodeAddress;

use super::credentials::FleetCredentials;
use super::discovery::Discovery;
use super::error::FleetError;
use super::launchpad::{ADDRESS, Launchpad};
use super::manager::FleetManager;
use super::setup::place;
use super::source::{AdminKeys, FleetConnector, FleetService, FleetSource};
use crate::error::{NodeError, NodeErrorKind};
use crate::http::{Credentials, HttpConnector, Peer, Transport};

/// A Fleet Manager, and whether it is asked for keys.
#[derive(Debug)]
struct Managed {
    fleet: FleetManager,
    admin_keys: AdminKeys,
}

#[async_trait]
impl FleetSource for Managed {
    async fn discover(&self) -> Result<Discovery, FleetError> {
        self.fleet.discover(self.admin_keys).await
    }
}

#[async_trait]
impl FleetSource for Launchpad {
    async fn discover(&self) -> Result<Discovery, FleetError> {
        Self::discover(self).await
    }
}

impl FleetConnector for HttpConnector {
    fn fleet(&self, service: &FleetService) -> Result<Arc<dyn FleetSource>, FleetError> {
        match service {
            FleetService::FleetManager {
                address,
                tenant,
                credentials,
                trust_all_certificates,
                admin_keys,
            } => {
                fits("tenant", tenant, address)?;
                let transport = transport(self, address, credentials, *trust_all_certificates)?;
                let fleet = FleetManager::over(tenant.clone(), transport);
                Ok(Arc::new(Managed { fleet, admin_keys: *admin_keys }))
            }
            FleetService::Launchpad { address, space, credentials } => {
                let address = match address {
                    Some(address) => address.clone(),
                    None => NodeAddress::parse(ADDRESS)
                        .map_err(|error| invalid(&ADDRESS, error.to_string()))?,
                };
                fits("space", space, &address)?;
                let transport = transport(self, &address, credentials, false)?;
                Ok(Arc::new(Launchpad::over(space.clone(), transport)))
            }
        }
    }
}

/// The transport to a service of a fleet.
pub(super) fn transport(
    connector: &HttpConnector,
    address: &NodeAddress,
    credentials: &FleetCredentials,
    trust_all_certificates: bool,
) -> Result<Transport, FleetError> {
    let peer = Peer {
        label: address.to_string(),
        address: address.clone(),
        credentials: Credentials::Pair(credentials.clone()),
        impersonation: None,
        trust_all_certificates,
    };
    Ok(connector.transport(peer)?)
}

fn fits(what: &'static str, text: &str, address: &NodeAddress) -> Result<(), FleetError> {
    place(what, text).map_err(|error| invalid(address, error.to_string()))
}

fn invalid(service: &impl ToString, reason: String) -> FleetError {
    let kind = NodeErrorKind::InvalidRequest(reason);
    NodeError::new(service.to_string(), "connect", kind).into()
}
