//! A Deployer whose nodes come from a Fleet Manager over HTTP (I1, I4).

use project_deployer::core::document::Document as _;
use project_deployer::core::rights::Caller;
use project_deployer::fleets::{FleetActionKind, FleetSettings};
use project_deployer::{Deployer, DeployerSession, InfraOperations as _};
use project_deployer_core::FleetId;
use serde_json::json;

use super::*;

fn cloud() -> FleetId {
    FleetId::parse("cloud").unwrap()
}

/// An administrator of a Deployer in memory with this fleet.
async fn with_fleet(mock: &MockFleetManager) -> DeployerSession {
    let deployer = Deployer::builder(single_attempts().build().unwrap()).in_memory();
    let admin = deployer.acting_as(Caller::administrator("root".parse().unwrap()));
    let settings = json!({
        "id": "cloud", "newInfras": {"stage": "Production"},
        "source": {
            "kind": "fleet-manager", "url": mock.url(), "keyId": mock.key_id(), "keySecret": mock.key_secret(),
        },
    });
    admin.create_fleet(&FleetSettings::from_document(settings).unwrap()).await.unwrap();
    admin
}

#[tokio::test]
async fn five_hundred_nodes_take_the_calls_that_the_fleet_needs_and_no_more() {
    // I1
    let mut builder = MockFleetManager::builder();
    for number in 0..500 {
        builder = builder.instance(MockInstance::automation(format!("auto-{number:03}")));
    }
    let mock = builder.start().await;
    let admin = with_fleet(&mock).await;
    let sync = admin.sync_fleet(&cloud()).await.unwrap();
    assert!(sync.changes.len() == 500 && !sync.has_failed(), "{:?}", sync.notes);
    // The list, the networks, and status and key of each.
    let needed = 2 + 2 * 500;
    assert_eq!(mock.journal().len(), needed);
    let again = admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!((again.changes.len(), again.unchanged), (0, 500));
    assert_eq!(mock.journal().len(), 2 * needed);
    assert_eq!(admin.infras().await.unwrap().len(), 500);
}

#[tokio::test]
async fn what_happens_in_a_fleet_manager_is_followed() {
    // I1, I3, I4
    let mut builder = MockFleetManager::builder()
        .instance(MockInstance::automation("elsewhere").in_network("vn-2"));
    for number in 0..6 {
        builder = builder.instance(MockInstance::automation(format!("auto-{number}")));
    }
    let mock = builder.network(MockNetwork::unmanaged("vn-2")).start().await;
    let admin = with_fleet(&mock).await;
    let sync = admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!((sync.changes.len(), sync.notes.len()), (6, 1), "R-I4: {:?}", sync.notes);
    mock.remove_instance("auto-3");
    let gone = admin.sync_fleet(&cloud()).await.unwrap();
    let kinds: Vec<_> = gone.changes.iter().map(|change| change.action.kind).collect();
    assert_eq!(kinds, [FleetActionKind::Quarantine]);
    for number in [0, 1, 2, 4, 5] {
        mock.remove_instance(&format!("auto-{number}"));
    }
    let held = admin.sync_fleet(&cloud()).await.unwrap();
    assert!(held.shrunken.is_some() && held.changes.is_empty(), "{held:?}");
    assert_eq!(admin.infras().await.unwrap().len(), 6);
}
