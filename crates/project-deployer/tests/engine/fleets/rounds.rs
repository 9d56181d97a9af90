use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use project_deployer::Clock;
use project_deployer_core::Timestamp;
use project_deployer_store::{CountingStore, MemoryStore};

use super::*;

/// A clock that a test sets.
#[derive(Debug, Clone, Default)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

fn process(store: &MemoryStore, service: &FakeFleetService, clock: &Hand, name: &str) -> Deployer {
    Deployer::builder(project_deployer_client::FakeFleet::new())
        .fleets(service.clone())
        .clock(clock.clone())
        .name(name)
        .on(store.clone(), MemoryArchive::new())
}

#[tokio::test]
async fn a_fleet_is_synchronized_on_its_interval_by_one_of_several_processes() {
    // I1
    let (store, service, clock) = (MemoryStore::new(), FakeFleetService::new(), Hand::default());
    clock.0.store(1_767_225_600_000, Ordering::SeqCst);
    service.lists(nodes(&["auto-1"]));
    let (one, two) =
        (process(&store, &service, &clock, "one"), process(&store, &service, &clock, "two"));
    let admin = one.acting_as(Caller::administrator(parsed("root")));
    admin.create_fleet(&settings()).await.unwrap();
    assert_eq!(one.sync_due_fleets().await.unwrap(), 1, "it was never read");
    assert_eq!(two.sync_due_fleets().await.unwrap(), 0, "the other one has just done it");
    assert_eq!(infras_of(&admin).await, ["auto-1"]);
    clock.0.fetch_add(299_999, Ordering::SeqCst);
    assert_eq!(two.sync_due_fleets().await.unwrap(), 0);
    clock.0.fetch_add(1, Ordering::SeqCst);
    assert_eq!(two.sync_due_fleets().await.unwrap(), 1);
    let mut off = document();
    off["enabled"] = json!(false);
    admin.save_fleet(&FleetSettings::from_document(off).unwrap()).await.unwrap();
    clock.0.fetch_add(300_000, Ordering::SeqCst);
    assert_eq!(one.sync_due_fleets().await.unwrap(), 0, "it is off");
    assert_eq!(service.asked(), 2);
    assert!(admin.sync_fleet(&cloud()).await.is_ok(), "by hand it works");
}

#[tokio::test]
async fn a_fleet_that_does_not_answer_is_recorded_and_stops_no_other() {
    // I4
    let (store, service, clock) = (MemoryStore::new(), FakeFleetService::new(), Hand::default());
    let one = process(&store, &service, &clock, "one");
    let admin = one.acting_as(Caller::administrator(parsed("root")));
    admin.create_fleet(&settings()).await.unwrap();
    let listed = json!({
        "id": "of-a-file", "newInfras": {"stage": "Test"},
        "source": {"kind": "list", "nodes": [{"nodeId": "auto-9"}]},
    });
    admin.create_fleet(&FleetSettings::from_document(listed).unwrap()).await.unwrap();
    assert_eq!(one.sync_due_fleets().await.unwrap(), 1);
    assert_eq!(infras_of(&admin).await, ["auto-9"]);
    let state = admin.fleet(&cloud()).await.unwrap().value.state;
    assert!(state.problem.unwrap().contains("fleet.example"), "it says which service");
    assert_eq!(state.read, Some(clock.now()), "the next attempt is an interval later");
    service.lists(nodes(&["auto-1"]));
    admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!(admin.fleet(&cloud()).await.unwrap().value.state.problem, None);
}

#[tokio::test(start_paused = true)]
async fn a_fleet_that_never_answers_ends_with_an_error_and_leaves_its_lease() {
    // I4
    let (installation, service) = with_fleet(&["auto-1"]).await;
    let admin = installation.admin();
    service.hangs(true);
    let error = admin.sync_fleet(&cloud()).await.unwrap_err();
    assert_eq!(error.code(), "fleet-unavailable", "{error}");
    service.hangs(false);
    assert_eq!(admin.sync_fleet(&cloud()).await.unwrap().changes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_synchronizations_at_once_are_one() {
    // I1, R5
    let (installation, service) = with_fleet(&["auto-1"]).await;
    let other = admin_on(installation.store.clone(), &service, "other");
    let admin = installation.admin();
    service.hangs(true);
    let id = cloud();
    let first = admin.sync_fleet(&id);
    let second = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let error = other.sync_fleet(&id).await.unwrap_err();
        service.hangs(false);
        error
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap_err().code(), "fleet-unavailable", "it hung");
    assert!(second.to_string().contains("first synchronizes fleet `cloud`"), "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_fleet_that_hangs_does_not_keep_the_others_waiting() {
    // I1
    let (store, service, clock) = (MemoryStore::new(), FakeFleetService::new(), Hand::default());
    let one = process(&store, &service, &clock, "one");
    let admin = one.acting_as(Caller::administrator(parsed("root")));
    admin.create_fleet(&settings()).await.unwrap();
    let listed = json!({
        "id": "of-a-file", "newInfras": {"stage": "Test"},
        "source": {"kind": "list", "nodes": [{"nodeId": "auto-9"}]},
    });
    admin.create_fleet(&FleetSettings::from_document(listed).unwrap()).await.unwrap();
    service.hangs(true);
    let round = tokio::time::timeout(Duration::from_secs(60), one.sync_due_fleets()).await;
    assert!(round.is_err(), "it waits for the one that hangs");
    assert_eq!(infras_of(&admin).await, ["auto-9"]);
}

#[tokio::test]
async fn a_fleet_lists_the_rotations_once_however_many_nodes_it_has() {
    // I1
    let mut lists = Vec::new();
    for number in [2, 40] {
        let names: Vec<_> = (0..number).map(|number| format!("auto-{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let (installation, service) = with_fleet(&names).await;
        let store = CountingStore::new(installation.store.clone());
        let admin = admin_on(store.clone(), &service, "one");
        admin.fleets().await.unwrap();
        store.take();
        let registered = admin.sync_fleet(&cloud()).await.unwrap();
        assert_eq!(registered.changes.len(), names.len());
        assert!(registered.changes.iter().all(|it| it.failure.is_none()), "{registered:?}");
        lists.push(store.take().calls.get("list").copied());
    }
    assert_eq!(lists, [Some(1), Some(1)]);
}
