//! I1 to I4: fleets whose nodes register themselves, with faults of the fleet, of the store, and deaths in between.

mod faults;
mod keys;
mod leaving;
mod managed;
mod races;
mod rounds;
mod unreadable;

use project_deployer::fleets::{FleetActionKind, FleetSettings, FleetSync};
use project_deployer::{Deployer, DeployerSession};
use project_deployer_client::FakeFleetService;
use project_deployer_client::fleet::{FleetAdminKey, FleetNode, FleetUrl, InstanceId};
use project_deployer_client::prelude::*;
use project_deployer_core::document::Document as _;
use project_deployer_core::rights::Caller;
use project_deployer_core::{ApiKeySecret, FleetId};
use project_deployer_store::{MemoryArchive, Store};
use serde_json::{Value, json};

use crate::installation::{Installation, KEY, address, parsed};

pub(crate) fn cloud() -> FleetId {
    parsed("cloud")
}

pub(crate) fn document() -> Value {
    json!({
        "id": "cloud",
        "source": {"kind": "fleet-manager", "url": "https://fleet.example", "keyId": "k", "keySecret": KEY},
        "newInfras": {"stage": "Production", "permissions": [{"group": "deployers", "read": true, "deploy": true}]},
    })
}

pub(crate) fn settings() -> FleetSettings {
    FleetSettings::from_document(document()).unwrap()
}

/// A node at an address with its name.
pub(crate) fn node(name: &str) -> FleetNode {
    let key = ApiKeySecret::new(format!("{KEY}-{name}")).unwrap();
    let url = FleetUrl::Known(address(name));
    let mut node = FleetNode::listed(parsed(name), url, FleetAdminKey::Known(key));
    node.instance = InstanceId::parse(&format!("i-{name}")).ok();
    node
}

pub(crate) fn nodes(names: &[&str]) -> Vec<FleetNode> {
    names.iter().map(|name| node(name)).collect()
}

/// The installation with a fleet that lists these nodes, which is not synchronized yet.
async fn with_fleet(names: &[&str]) -> (Installation, FakeFleetService) {
    let service = FakeFleetService::new();
    service.lists(nodes(names));
    let installation = Installation::set_up(|builder| builder.fleets(service.clone())).await;
    installation.admin().create_fleet(&settings()).await.unwrap();
    (installation, service)
}

fn admin_on(store: impl Store, service: &FakeFleetService, name: &str) -> DeployerSession {
    let nodes = project_deployer_client::FakeFleet::new();
    let deployer =
        Deployer::builder(nodes).fleets(service.clone()).name(name).on(store, MemoryArchive::new());
    deployer.acting_as(Caller::administrator(parsed("root")))
}

async fn infras_of(session: &DeployerSession) -> Vec<String> {
    session.infras().await.unwrap().iter().map(|it| it.infra_basic_info.id.to_string()).collect()
}

fn done(sync: &FleetSync) -> Vec<(FleetActionKind, String)> {
    sync.changes.iter().map(|it| (it.action.kind, it.action.infra.to_string())).collect()
}
