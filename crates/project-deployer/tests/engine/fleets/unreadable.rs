use project_deployer::fleets::FleetNoteKind;
use project_deployer_store::{Collection, Commit, Expected, Store as _};

use super::*;

async fn broken(installation: &Installation, kind: &'static str, id: &str) {
    let key = Collection::new(kind).key(id);
    let commit = Commit::new().put(key, Expected::Any, json!({"format": 9}));
    installation.store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn an_infrastructure_whose_fleet_cannot_be_read_stops_no_fleet() {
    // R-I9
    let (installation, service) = with_fleet(&["auto-1", "auto-2"]).await;
    let admin = installation.admin();
    admin.sync_fleet(&cloud()).await.unwrap();
    broken(&installation, "managed-infrastructure", "auto-1").await;
    service.lists(nodes(&["auto-1", "auto-2", "auto-3"]));
    let sync = admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!(done(&sync), [(FleetActionKind::Register, "auto-3".to_owned())]);
    assert_eq!(sync.notes.len(), 1, "it is said: {:?}", sync.notes);
    assert_eq!(sync.notes[0].infra, Some(parsed("auto-1")));
    let managed = admin.managed_infras().await.unwrap();
    let managed: Vec<_> = managed.iter().map(|it| it.infra.as_str()).collect();
    assert_eq!(managed, ["auto-2", "auto-3"]);
    assert_eq!(admin.fleets().await.unwrap().len(), 1);
    let unknown = admin.delete_infra(&parsed("auto-1")).await.unwrap_err();
    assert!(unknown.to_string().contains("managed-infrastructure/auto-1"), "{unknown}");
    assert!(admin.delete_fleet(&cloud()).await.is_err(), "it may be of this fleet");
}

#[tokio::test]
async fn nothing_is_registered_beside_an_infrastructure_that_cannot_be_read() {
    // I4, R-I9
    let (installation, _) = with_fleet(&["auto-1"]).await;
    broken(&installation, "infrastructure", "of-somebody").await;
    let sync = installation.admin().sync_fleet(&cloud()).await.unwrap();
    assert_eq!(sync.changes, []);
    let kinds: Vec<_> = sync.notes.iter().map(|note| note.kind).collect();
    assert_eq!(kinds, [FleetNoteKind::Unreadable, FleetNoteKind::LeftOut]);
}

#[tokio::test]
async fn a_fleet_whose_state_cannot_be_read_stops_no_other() {
    // R-I9
    let (installation, service) = with_fleet(&["auto-1"]).await;
    let admin = installation.admin();
    let listed = json!({
        "id": "of-a-file", "newInfras": {"stage": "Test"},
        "source": {"kind": "list", "nodes": [{"nodeId": "auto-9"}]},
    });
    admin.create_fleet(&FleetSettings::from_document(listed).unwrap()).await.unwrap();
    broken(&installation, "fleet-state", "cloud").await;
    assert_eq!(installation.deployer.sync_due_fleets().await.unwrap(), 1);
    assert_eq!((infras_of(&admin).await, service.asked()), (vec!["auto-9".to_owned()], 0));
}
