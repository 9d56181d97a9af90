//! I1: an address that is left while somebody else takes it.

use project_deployer_client::InfraCreation;
use project_deployer_core::infra::Target;
use project_deployer_store::{Collection, MeanwhileStore, MemoryStore};

use super::*;
use crate::installation::entry;

fn at_a(id: &str) -> InfraCreation {
    let key = ApiKeySecret::new("by-hand").unwrap();
    InfraCreation::new(parsed(id), parsed("Test")).with_node(address("a"), key)
}

/// Whether the address of node `a` has a guard.
async fn is_guarded(installation: &Installation) -> bool {
    let id = format!("address {}", address("a").url());
    let key = Collection::new("reference-guard").key(id);
    installation.store.read(&key).await.unwrap().is_some()
}

/// A process before whose next commit of an infrastructure another one with the address of node `a` is created.
fn beside_another(
    installation: &Installation,
    service: &FakeFleetService,
) -> (MeanwhileStore<MemoryStore>, DeployerSession) {
    let store = MeanwhileStore::new(installation.store.clone());
    let taking = installation.admin();
    store.before_a_commit_of("infrastructure", async move {
        taking.create_infra(&at_a("taker")).await.unwrap();
    });
    let slow = admin_on(store.clone(), service, "slow");
    (store, slow)
}

#[tokio::test]
async fn who_leaves_an_address_that_somebody_takes_leaves_it_all_the_same() {
    // The guard of the address was to go with the last infrastructure that has it, and now it stays.
    for deletes in [false, true] {
        let (installation, service) = with_fleet(&[]).await;
        let admin = installation.admin();
        admin.create_infra(&at_a("leaver")).await.unwrap();
        let (store, slow) = beside_another(&installation, &service);
        if deletes {
            slow.delete_infra(&parsed("leaver")).await.unwrap();
        } else {
            let settings = slow.infra_settings(&parsed("leaver")).await.unwrap();
            let moved = settings.with_target(Target::SingleNode(entry("elsewhere")));
            slow.save_infra_settings(&moved).await.unwrap();
        }
        assert!(store.is_done() && is_guarded(&installation).await, "{deletes}");
        admin.delete_infra(&parsed("taker")).await.unwrap();
        assert!(!is_guarded(&installation).await, "the last one takes the guard along");
    }
}

#[tokio::test]
async fn a_fleet_whose_node_moves_while_somebody_takes_its_address_follows_the_node() {
    let (installation, service) = with_fleet(&["a"]).await;
    let admin = installation.admin();
    admin.sync_fleet(&cloud()).await.unwrap();
    let mut moved = node("a");
    moved.url = FleetUrl::Known(address("b"));
    service.lists(vec![moved]);
    let (store, slow) = beside_another(&installation, &service);
    let sync = slow.sync_fleet(&cloud()).await.unwrap();
    assert!(store.is_done() && !sync.has_failed(), "{sync:?}");
    let settings = admin.infra_settings(&parsed("a")).await.unwrap();
    assert_eq!(settings.target.entries()[0].address, Some(address("b")));
    assert!(is_guarded(&installation).await);
}

#[tokio::test]
async fn a_conflict_about_the_infrastructure_itself_stays_one() {
    // R2: also where the guard of an address conflicts as well, which both leave.
    for leaves_too in [false, true] {
        let (installation, service) = with_fleet(&[]).await;
        let admin = installation.admin();
        admin.create_infra(&at_a("mine")).await.unwrap();
        let store = MeanwhileStore::new(installation.store.clone());
        let others = admin.clone();
        store.before_a_commit_of("infrastructure", async move {
            let settings = others.infra_settings(&parsed("mine")).await.unwrap();
            let moved = settings.with_target(Target::SingleNode(entry("elsewhere")));
            others.save_infra_settings(&moved).await.unwrap();
        });
        let slow = admin_on(store.clone(), &service, "slow");
        let mut settings = slow.infra_settings(&parsed("mine")).await.unwrap();
        settings.permissions.clear();
        if leaves_too {
            settings = settings.with_target(Target::SingleNode(entry("third")));
        }
        let error = slow.save_infra_settings(&settings).await.unwrap_err();
        assert_eq!(error.code(), "changed-meanwhile", "{error}");
        assert!(error.to_string().contains("`mine`"), "{error}");
        let kept = admin.infra_settings(&parsed("mine")).await.unwrap();
        assert_eq!(kept.target.entries()[0].address, Some(address("elsewhere")));
    }
}
