//! A5, R4: a rotation that begins and ends while settings are saved, which have read all before it and commit after it.

use project_deployer::DeployerSession;
use project_deployer_core::rights::Caller;
use project_deployer_store::{MeanwhileStore, MemoryStore};

use super::*;

/// A process whose next commit of an infrastructure is held back while the key of `dev` is rotated as a whole.
fn slow(installation: &Installation) -> (MeanwhileStore<MemoryStore>, DeployerSession) {
    let store = MeanwhileStore::new(installation.store.clone());
    let rotating = installation.admin();
    store.before_a_commit_of("infrastructure", async move {
        let done = rotating.rotate_node_keys(&parsed("dev")).await.unwrap();
        assert!(done.is_done(), "{done:?}");
    });
    let slow = installation.deployer_on(store.clone(), "slow");
    (store, slow.acting_as(Caller::administrator(parsed("root"))))
}

async fn key_of(installation: &Installation, id: &str) -> Option<ApiKeySecret> {
    let settings = installation.admin().infra_settings(&parsed(id)).await.unwrap();
    settings.target.entries()[0].admin_api_key.clone()
}

fn assert_revoked(error: &DeployerError) {
    let text = error.to_string();
    assert!(text.contains("a rotation has revoked") && !text.contains(KEY), "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_infrastructure_that_did_not_share_the_key_does_not_get_a_dead_one() {
    let installation = with_keys_of_their_own().await;
    let (store, slow) = slow(&installation);
    let settings = slow.infra_settings(&parsed("prod")).await.unwrap();
    let with_key = settings.with_target(Target::SingleNode(entry("dev")));
    assert_revoked(&slow.save_infra_settings(&with_key).await.unwrap_err());
    assert!(store.is_done(), "the rotation came between");
    assert_eq!(key_of(&installation, "prod").await, ApiKeySecret::new("key-of-prod").ok());
    assert_one_key_that_works(&installation, "after").await;
}

#[tokio::test(start_paused = true)]
async fn a_new_infrastructure_does_not_get_a_key_that_dies_while_it_is_created() {
    let installation = with_keys_of_their_own().await;
    let (store, slow) = slow(&installation);
    let key = ApiKeySecret::new(KEY).unwrap();
    let new = InfraCreation::new(parsed("again"), parsed("Test")).with_node(address("dev"), key);
    assert_revoked(&slow.create_infra(&new).await.unwrap_err());
    assert!(store.is_done(), "the rotation came between");
    let admin = installation.admin();
    assert_eq!(admin.infra(&parsed("again")).await.unwrap_err().code(), "not-found");
    assert_one_key_that_works(&installation, "after").await;
}

#[tokio::test(start_paused = true)]
async fn a_save_with_a_new_key_of_another_node_is_decided_again_and_goes_through() {
    // The key that it gives has nothing to do with the rotation that came between.
    let installation = with_keys_of_their_own().await;
    let (store, slow) = slow(&installation);
    let other = ApiKeySecret::new("another-key-of-prod").unwrap();
    let own = entry("prod").with_admin_api_key(Some(other.clone()));
    let settings = slow.infra_settings(&parsed("prod")).await.unwrap();
    slow.save_infra_settings(&settings.with_target(Target::SingleNode(own))).await.unwrap();
    assert!(store.is_done(), "the rotation came between");
    assert_eq!(key_of(&installation, "prod").await, Some(other));
    assert_one_key_that_works(&installation, "after").await;
}

#[tokio::test(start_paused = true)]
async fn settings_that_share_the_key_conflict_with_a_rotation_that_began_and_ended() {
    let installation = with_keys_of_their_own().await;
    let (store, slow) = slow(&installation);
    let mut settings = slow.infra_settings(&parsed("dev")).await.unwrap();
    settings.permissions.clear();
    let error = slow.save_infra_settings(&settings).await.unwrap_err();
    assert_eq!(error.code(), "changed-meanwhile", "{error}");
    assert!(store.is_done(), "the rotation came between");
    assert_one_key_that_works(&installation, "after").await;
}
