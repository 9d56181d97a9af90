use std::time::Duration;

use project_deployer_client::{Failure, Operation};
use project_deployer_core::infra::Target;
use project_deployer_store::{MeanwhileStore, PacedStore};
use tokio::time::timeout;

use super::*;
use crate::installation::entry;

/// The infrastructures `dev` and `prod` with a key each, `same` with the node and the key of `dev`, and a fleet that lists that
/// node with the key.
async fn with_a_shared_key() -> (Installation, FakeFleetService) {
    let service = FakeFleetService::new();
    let mut dev = node("auto-dev");
    dev.url = FleetUrl::Known(address("dev"));
    dev.admin_key = FleetAdminKey::Known(ApiKeySecret::new(KEY).unwrap());
    service.lists(vec![dev]);
    let installation = Installation::set_up(|builder| builder.fleets(service.clone())).await;
    let installation = installation.with_deployment().await;
    let own = entry("prod").with_admin_api_key(ApiKeySecret::new("key-of-prod").ok());
    installation.change_infra("prod", |infra| infra.target = Target::SingleNode(own)).await;
    let admin = installation.admin();
    admin.create_fleet(&settings()).await.unwrap();
    (installation, service)
}

async fn key_of(installation: &Installation, id: &str) -> Option<ApiKeySecret> {
    let settings = installation.admin().infra_settings(&parsed(id)).await.unwrap();
    settings.target.entries()[0].admin_api_key.clone()
}

#[tokio::test(start_paused = true)]
async fn a_key_that_a_fleet_reports_is_not_rotated_through_another_infrastructure() {
    // I2, A5
    let (installation, _) = with_a_shared_key().await;
    let admin = installation.admin();
    admin.adopt_infra(&cloud(), &parsed("dev"), None).await.unwrap();
    installation.register("same", "Test", Target::SingleNode(entry("dev"))).await;
    let refused = admin.rotate_node_keys(&parsed("same")).await.unwrap_err();
    assert_eq!(refused.code(), "managed-by-fleet", "{refused}");
    assert_eq!(installation.dev.global_key_ids(), ["admin-key"]);
    assert_eq!(key_of(&installation, "dev").await, ApiKeySecret::new(KEY).ok());
    assert_eq!(admin.sync_fleet(&cloud()).await.unwrap().changes, []);
}

#[tokio::test(start_paused = true)]
async fn a_running_rotation_keeps_every_infrastructure_of_its_node_from_a_fleet() {
    // I2, A5
    let (installation, _) = with_a_shared_key().await;
    installation.register("same", "Test", Target::SingleNode(entry("dev"))).await;
    let admin = installation.admin();
    installation.dev.fail_next(Operation::KeyIdentity, Failure::Stuck);
    let dev = parsed("dev");
    let died = timeout(Duration::from_secs(30), admin.rotate_node_keys(&dev)).await;
    assert!(died.is_err());
    for id in ["dev", "same"] {
        let error = admin.adopt_infra(&cloud(), &parsed(id), None).await.unwrap_err();
        assert!(error.to_string().contains("is being rotated"), "{id}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_revoked_key_is_refused_in_every_infrastructure_of_its_node() {
    // A5
    let (installation, _) = with_a_shared_key().await;
    installation.register("same", "Test", Target::SingleNode(entry("dev"))).await;
    let admin = installation.admin();
    assert!(admin.rotate_node_keys(&parsed("dev")).await.unwrap().is_done());
    let settings = admin.infra_settings(&parsed("same")).await.unwrap();
    let old = settings.with_target(Target::SingleNode(entry("dev")));
    let error = admin.save_infra_settings(&old).await.unwrap_err();
    assert!(error.to_string().contains("a rotation has revoked"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_fleet_adopts_nothing_while_it_is_synchronized() {
    // I1, I2: the synchronization would register the node as well.
    let (installation, service) = with_fleet(&["auto-1"]).await;
    let admin = installation.admin();
    installation.register("mine", "Test", Target::SingleNode(entry("mine"))).await;
    let other = admin_on(installation.store.clone(), &service, "other");
    service.hangs(true);
    let (id, name) = (cloud(), parsed("auto-1"));
    let first = other.sync_fleet(&id);
    let second = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let error = admin.adopt_infra(&id, &parsed("mine"), Some(&name)).await.unwrap_err();
        service.hangs(false);
        error
    };
    let (_, second) = tokio::join!(first, second);
    assert!(second.to_string().contains("other synchronizes fleet `cloud`"), "{second}");
    assert_eq!(service.asked(), 1);
    assert_eq!(admin.managed_infra(&parsed("mine")).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_node_is_not_registered_with_a_revoked_key() {
    // A5, I1
    let service = FakeFleetService::new();
    let installation = Installation::set_up(|builder| builder.fleets(service.clone())).await;
    let installation = installation.with_infras().await;
    let own = entry("prod").with_admin_api_key(ApiKeySecret::new("key-of-prod").ok());
    installation.change_infra("prod", |infra| infra.target = Target::SingleNode(own)).await;
    let admin = installation.admin();
    assert!(admin.rotate_node_keys(&parsed("dev")).await.unwrap().is_done());
    admin.delete_infra(&parsed("dev")).await.unwrap();
    let mut old = node("auto-dev");
    old.url = FleetUrl::Known(address("dev"));
    old.admin_key = FleetAdminKey::Known(ApiKeySecret::new(KEY).unwrap());
    service.lists(vec![old]);
    admin.create_fleet(&settings()).await.unwrap();
    let sync = admin.sync_fleet(&cloud()).await.unwrap();
    let failure = sync.changes[0].failure.clone().unwrap();
    assert!(failure.contains("a rotation has revoked") && !failure.contains(KEY), "{failure}");
    assert_eq!(infras_of(&admin).await, ["prod"]);
}

#[tokio::test(start_paused = true)]
async fn of_an_adoption_and_a_rotation_at_the_same_time_one_is_refused() {
    // I2, A5: whenever the one begins within the other. Each call to the store takes 10 ms.
    let mut firsts = [0, 0];
    for offset in (0..400).step_by(10) {
        let (installation, service) = with_a_shared_key().await;
        let process = |name: &str| {
            let store = PacedStore::slow(installation.store.clone(), Duration::from_millis(10));
            let deployer = Deployer::builder(installation.fleet.clone()).fleets(service.clone());
            let deployer = deployer.name(name).on(store, installation.archive.clone());
            deployer.acting_as(Caller::administrator(parsed("root")))
        };
        let (one, other, dev, id) = (process("one"), process("other"), parsed("dev"), cloud());
        for session in [&one, &other] {
            session.stages().await.unwrap();
        }
        let rotation = async {
            tokio::time::sleep(Duration::from_millis(offset)).await;
            other.rotate_node_keys(&dev).await
        };
        let (adopted, rotated) = tokio::join!(one.adopt_infra(&id, &dev, None), rotation);
        let what = format!("{offset} ms: {adopted:?}, {rotated:?}");
        assert_ne!(adopted.is_ok(), rotated.is_ok(), "{what}");
        firsts[usize::from(rotated.is_ok())] += 1;
        let key = key_of(&installation, "dev").await;
        let is_old = key == ApiKeySecret::new(KEY).ok();
        assert_eq!(is_old, adopted.is_ok(), "{what}");
        assert_eq!(installation.dev.global_key_ids().len(), 1, "{what}");
    }
    assert!(firsts.iter().all(|number| *number > 0), "{firsts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rotation_within_the_commit_of_a_fleet_leaves_no_dead_key() {
    // A5, I2: the fleet reports a key for its infrastructure that another one has, and which is rotated meanwhile.
    let service = FakeFleetService::new();
    let mut listed = node("auto-dev");
    listed.url = FleetUrl::Known(address("dev"));
    service.lists(vec![listed.clone()]);
    let installation = Installation::set_up(|builder| builder.fleets(service.clone())).await;
    let admin = installation.admin();
    admin.create_fleet(&settings()).await.unwrap();
    admin.sync_fleet(&cloud()).await.unwrap();
    let installation = installation.with_infras().await;
    let own = entry("prod").with_admin_api_key(ApiKeySecret::new("key-of-prod").ok());
    installation.change_infra("prod", |infra| infra.target = Target::SingleNode(own)).await;
    listed.admin_key = FleetAdminKey::Known(ApiKeySecret::new(KEY).unwrap());
    service.lists(vec![listed]);

    let store = MeanwhileStore::new(installation.store.clone());
    let rotating = admin.clone();
    store.before_a_commit_of("infrastructure", async move {
        assert!(rotating.rotate_node_keys(&parsed("dev")).await.unwrap().is_done());
    });
    let slow = Deployer::builder(installation.fleet.clone()).fleets(service.clone()).name("slow");
    let slow = slow.on(store.clone(), installation.archive.clone());
    let slow = slow.acting_as(Caller::administrator(parsed("root")));
    let sync = slow.sync_fleet(&cloud()).await.unwrap();
    assert!(store.is_done(), "the rotation came between");
    let failure = sync.changes[0].failure.clone().unwrap();
    assert!(failure.contains("a rotation has revoked") && !failure.contains(KEY), "{failure}");
    assert_ne!(key_of(&installation, "auto-dev").await, ApiKeySecret::new(KEY).ok());
    assert_eq!(installation.dev.global_key_ids().len(), 1);
}
