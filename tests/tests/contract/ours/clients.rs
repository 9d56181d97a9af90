//! Our clients, all of one server.

use project_deployer_client::fleet::{FleetCredentials, FleetManager, Launchpad};
use project_deployer_client::request::NodeRequest;
use project_deployer_client::{Acting, HttpNode, Upload};
use project_deployer_core::NodeAddress;
use project_deployer_tests::{connector, quick, settings_at};

use crate::official::archive;

/// The clients of a node, a Fleet Manager and a Launchpad.
pub(crate) struct Clients {
    pub(crate) node: HttpNode,
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
            node: connector().node(&settings_at(url, "key"), &Acting::Key).unwrap(),
            fleet: fleet.build().unwrap(),
            launchpad: launchpad.address(address(&format!("{url}/v1"))).build().unwrap(),
        }
    }

    /// Sends a request without a reader of its own.
    pub(crate) async fn send(&self, request: &NodeRequest) -> Result<(), String> {
        let sent = if request.carries_archive {
            self.node.upload(request, upload("v1")).await
        } else {
            self.node.nothing(request).await
        };
        sent.map_err(|error| format!("{error:?}"))
    }
}

/// A bundle as the official client sends it.
pub(crate) fn upload(id: &str) -> Upload {
    Upload::from_bytes(format!("{id}.zip"), archive(id))
}
