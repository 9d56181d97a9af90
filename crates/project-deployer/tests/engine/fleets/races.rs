//! Several fleets, or a fleet and a person, register the same node or the same id at the same time.

use project_deployer::fleets::FleetNoteKind;
use project_deployer_client::InfraCreation;
use project_deployer_store::{MemoryStore, PacedStore, SecretsAtRest, SqliteStore};
use tokio::task::yield_now;

use super::*;

/// Two fleets that report the same node, under these names for new infrastructures.
fn fleet(id: &str, infra_id: &str) -> FleetSettings {
    let mut document = document();
    (document["id"], document["infraId"]) = (id.into(), infra_id.into());
    FleetSettings::from_document(document).unwrap()
}

async fn pauses(count: usize) {
    for _ in 0..count {
        yield_now().await;
    }
}

/// What was said of a synchronization: failures of changes, and notes about conflicts.
fn said(sync: &FleetSync) -> Vec<String> {
    let failures = sync.changes.iter().filter_map(|done| done.failure.clone());
    let conflicts = sync.notes.iter().filter(|note| note.kind == FleetNoteKind::Conflict);
    failures.chain(conflicts.map(|note| note.text.clone())).collect()
}

/// Who has the address of node `a`.
async fn holders(session: &DeployerSession) -> Vec<String> {
    let mut holders = Vec::new();
    for id in infras_of(session).await {
        let settings = session.infra_settings(&parsed(&id)).await.unwrap();
        if settings.target.entries()[0].address == Some(address("a")) {
            holders.push(id);
        }
    }
    holders
}

/// A race of two fleets, the second of which begins this much later. Whether one of them lost it at its commit.
async fn two_fleets(store: impl Store + Clone, infra_ids: [&str; 2], later: usize) -> bool {
    let service = FakeFleetService::new();
    service.lists(nodes(&["a"]));
    let prepared = admin_on(store.clone(), &service, "prepared");
    for (id, infra_id) in ["cloud", "other"].into_iter().zip(infra_ids) {
        prepared.create_fleet(&fleet(id, infra_id)).await.unwrap();
    }
    let [one, two] =
        ["one", "two"].map(|name| admin_on(PacedStore::yielding(store.clone()), &service, name));
    // Each process has read the store, so that both take as many steps.
    let _ = (infras_of(&one).await, infras_of(&two).await);
    let (cloud, other) = (cloud(), parsed::<FleetId>("other"));
    let (first, second) = futures::join!(one.sync_fleet(&cloud), async {
        pauses(later).await;
        two.sync_fleet(&other).await
    });
    let (first, second) = (first.unwrap(), second.unwrap());
    let what = format!("{infra_ids:?} {later}: {first:?} {second:?}");
    assert_eq!(holders(&prepared).await.len(), 1, "{what}");
    let loser = if first.registers_nothing() { &first } else { &second };
    assert!(loser.registers_nothing(), "one of them registers it: {what}");
    let said_of = said(loser).join("; ");
    let is_said = [
        "may be the same node",
        "may be the node of",
        "is not that of this node",
        "does not manage it",
    ];
    assert!(is_said.iter().any(|text| said_of.contains(text)), "{said_of}: {what}");
    // It stays so, and each time it is said.
    for fleet in [&cloud, &other] {
        let again = prepared.sync_fleet(fleet).await.unwrap();
        assert!(again.registers_nothing() && !again.has_failed(), "{again:?}");
    }
    assert_eq!(holders(&prepared).await.len(), 1, "{what}");
    first.has_failed() || second.has_failed()
}

trait Registered {
    fn registers_nothing(&self) -> bool;
}

impl Registered for FleetSync {
    fn registers_nothing(&self) -> bool {
        self.changes.iter().all(|done| done.failure.is_some())
    }
}

/// How many yields one synchronization is before the other at most.
const LATER: usize = 40;

#[tokio::test]
async fn two_fleets_that_report_one_node_at_the_same_time_register_it_once() {
    // I1, I4
    for infra_ids in [["{node}", "{node}"], ["cloud-{node}", "other-{node}"]] {
        let mut lost = 0;
        for later in 0..LATER {
            lost += usize::from(two_fleets(MemoryStore::new(), infra_ids, later).await);
        }
        assert!(lost > 0, "{infra_ids:?}: none of them came between");
    }
}

#[tokio::test]
async fn two_fleets_register_a_node_once_in_a_file() {
    // I1, I4
    for infra_ids in [["{node}", "{node}"], ["cloud-{node}", "other-{node}"]] {
        for later in [0, 3, 7] {
            let folder = tempfile::TempDir::new().unwrap();
            let path = folder.path().join("deployer.db");
            let store = SqliteStore::open(path, SecretsAtRest::Plain).await.unwrap();
            two_fleets(store, infra_ids, later).await;
        }
    }
}

/// A race of a fleet and a person who registers the node of the fleet under this id.
async fn fleet_and_person(store: impl Store + Clone, id: &str, later: usize) -> (bool, usize) {
    let service = FakeFleetService::new();
    service.lists(nodes(&["a"]));
    let prepared = admin_on(store.clone(), &service, "prepared");
    prepared.create_fleet(&settings()).await.unwrap();
    let [one, two] =
        ["one", "two"].map(|name| admin_on(PacedStore::yielding(store.clone()), &service, name));
    let _ = (infras_of(&one).await, infras_of(&two).await);
    let key = ApiKeySecret::new("by-hand").unwrap();
    let by_hand = InfraCreation::new(parsed(id), parsed("Production")).with_node(address("a"), key);
    let cloud = cloud();
    let (sync, created) = futures::join!(
        async {
            pauses(later).await;
            one.sync_fleet(&cloud).await
        },
        async {
            pauses(LATER / 2).await;
            two.create_infra(&by_hand).await
        }
    );
    let sync = sync.unwrap();
    let what = format!("{id} {later}: {sync:?} {created:?}");
    let holders = holders(&prepared).await;
    let again = prepared.sync_fleet(&cloud).await.unwrap();
    assert!(again.changes.is_empty(), "{what}: {again:?}");
    if created.is_err() || sync.registers_nothing() {
        assert_eq!(holders.len(), 1, "{what}: {holders:?}");
    }
    if sync.registers_nothing() {
        assert!(created.is_ok() && !said(&sync).is_empty(), "{what}");
    }
    if created.is_ok() {
        // People may give a node to two infrastructures; then the fleet says so.
        assert!(!said(&again).is_empty(), "{what}: {again:?}");
    }
    (sync.has_failed(), holders.len())
}

#[tokio::test]
async fn a_fleet_registers_no_node_that_somebody_registers_at_the_same_time() {
    // I1, I4
    for id in ["a", "by-hand"] {
        let (mut lost, mut doubled) = (0, 0);
        for later in 0..LATER {
            let (has_failed, holders) = fleet_and_person(MemoryStore::new(), id, later).await;
            lost += usize::from(has_failed);
            doubled += holders - 1;
        }
        assert!(lost > 0, "{id}: nobody came between");
        assert_eq!(doubled > 0, id == "by-hand", "by hand, after the fleet: {id} {doubled}");
    }
}

#[tokio::test]
async fn a_fleet_and_a_person_register_a_node_once_in_a_file() {
    // I1, I4
    for (id, later) in [("a", 10), ("a", 20), ("by-hand", 0), ("by-hand", 20)] {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("deployer.db");
        let store = SqliteStore::open(path, SecretsAtRest::Plain).await.unwrap();
        fleet_and_person(store, id, later).await;
    }
}
