//! Our clients, all of one server.

use std::sync::Arc;

use project_deployer_client::fleet::{FleetCredentials, FleetManager, Launchpad};
use project_deployer_client::{HttpNode, Identity, RemoteDeployer, Upload};
use project_deployer_core::NodeAddress;
use project_deployer_tests::{connector, quick, settings_at};

use crate::official::archive;

/// The clients of a node, a Deployer, a Fleet Manager and a Launchpad.
pub(crate) struct Clients {
    pub(crate) node: HttpNode,
    pub(crate) deployer: RemoteDeployer,
    pub(crate) fleet: FleetManager,
    pub(crate) launchpad: Launchpad,
}

impl Clients {
    pub(crate) fn of(url: &str) -> Self {
        let credentials = || FleetCredentials::new("key", "secret").unwrap();
        let address = |url: &str| NodeAddress::parse(url).unwrap();
        let fleet = FleetManager::builder(address(url), credentials()).timeouts(quick());
        let launchpad = Launchpad::builder("space-1", credentials());
        Self {
            deployer: RemoteDeployer::new(Arc::new(connector()), settings_at(url, "key")).unwrap(),
            node: connector().node(&settings_at(url, "key"), &Identity::ApiKey).unwrap(),
            fleet: fleet.build().unwrap(),
            launchpad: launchpad.address(address(&format!("{url}/v1"))).build().unwrap(),
        }
    }
}

/// A bundle as the official client sends it.
pub(crate) fn upload(id: &str) -> Upload {
    Upload::from_bytes(format!("{id}.zip"), archive(id))
}
