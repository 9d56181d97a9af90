//! A5, R-I9: rotations that this version of the program cannot read. They may have revoked any key of their node.

use project_deployer::audit::AuditFilter;
use project_deployer_core::rights::{InfraGrant, InfraRight};
use project_deployer_store::{Collection, Commit, DocumentKey, Expected, Store as _};
use serde_json::json;

use super::*;

fn key(name: &str) -> ApiKeySecret {
    ApiKeySecret::new(name).unwrap()
}

/// The rotation of an infrastructure on the node of `dev`.
fn rotation_of(infra: &str) -> DocumentKey {
    Collection::new("key-rotation").key(format!("{infra}/{}", address("dev")))
}

async fn break_that_of(installation: &Installation, infra: &str) {
    let body = json!({"format": 9});
    let commit = Commit::new().put(rotation_of(infra), Expected::Any, body);
    installation.store.commit(commit).await.unwrap();
}

/// Gives `dev` a key that it has not had.
async fn with_new_key(installation: &Installation, name: &str) -> Result<(), DeployerError> {
    let admin = installation.admin();
    let settings = admin.infra_settings(&parsed("dev")).await.unwrap();
    let own = entry("dev").with_admin_api_key(Some(key(name)));
    admin.save_infra_settings(&settings.with_target(Target::SingleNode(own))).await
}

async fn creates(installation: &Installation, id: &str, node: &str) -> Result<(), DeployerError> {
    let new = InfraCreation::new(parsed(id), parsed("Test"));
    let admin = installation.admin();
    admin.create_infra(&new.with_node(address(node), key("its-own"))).await
}

fn assert_unknown(error: &DeployerError) {
    assert_eq!(error.code(), "not-possible", "{error}");
    for part in
        ["which may have revoked one of the keys", "rotate the keys of infrastructure `dev`"]
    {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rotation_that_cannot_be_read_keeps_new_keys_from_its_own_node_until_the_next_one() {
    let installation = with_keys_of_their_own().await;
    assert!(rotate(&installation).await.unwrap().is_done());
    assert!(installation.store.read(&rotation_of("dev")).await.unwrap().is_some());
    break_that_of(&installation, "dev").await;
    assert_unknown(&creates(&installation, "again", "dev").await.unwrap_err());
    assert_unknown(&with_new_key(&installation, "by-hand").await.unwrap_err());
    // What keeps its key, and who has another node, is not concerned.
    installation.change_infra("dev", |infra| infra.permissions.reverse()).await;
    creates(&installation, "elsewhere", "elsewhere").await.unwrap();
    assert!(rotate(&installation).await.unwrap().is_done());
    assert_one_key_that_works(&installation, "after").await;
    creates(&installation, "again", "dev").await.unwrap();
    with_new_key(&installation, "by-hand").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_next_rotation_of_an_infrastructure_removes_what_it_left_unreadable_on_another_node() {
    let installation = with_keys_of_their_own().await;
    break_that_of(&installation, "prod").await;
    let refused = with_new_key(&installation, "by-hand").await.unwrap_err().to_string();
    assert!(refused.contains("rotate the keys of infrastructure `prod`"), "{refused}");
    // How that one ends makes no difference.
    let _ = installation.admin().rotate_node_keys(&parsed("prod")).await;
    assert!(installation.store.read(&rotation_of("prod")).await.unwrap().is_none());
    with_new_key(&installation, "by-hand").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_next_rotation_of_a_node_removes_what_a_deleted_infrastructure_left_unreadable() {
    let installation = with_keys_of_their_own().await;
    break_that_of(&installation, "deleted").await;
    assert_unknown(&with_new_key(&installation, "by-hand").await.unwrap_err());
    // What is new has no key that it could lose.
    creates(&installation, "again", "dev").await.unwrap();
    installation.admin().delete_infra(&parsed("again")).await.unwrap();
    assert!(rotate(&installation).await.unwrap().is_done());
    assert!(installation.store.read(&rotation_of("deleted")).await.unwrap().is_none());
    assert_one_key_that_works(&installation, "after").await;
    with_new_key(&installation, "by-hand").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_rotation_of_an_unknown_form_keeps_new_keys_away_and_is_removed_by_nobody() {
    // A newer program may keep its rotations so: its new keys are in them.
    let installation = with_keys_of_their_own().await;
    let strange = Collection::new("key-rotation").key("strange");
    let commit = Commit::new().put(strange.clone(), Expected::Any, json!({"format": 9}));
    installation.store.commit(commit).await.unwrap();
    let refused = with_new_key(&installation, "by-hand").await.unwrap_err().to_string();
    assert!(
        refused.contains("`strange`") && refused.contains("program that wrote it"),
        "{refused}"
    );
    assert!(!refused.contains("rotate the keys"), "{refused}");
    assert!(rotate(&installation).await.unwrap().is_done());
    assert!(installation.store.read(&strange).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_rotation_that_is_refused_removes_what_cannot_be_read_all_the_same() {
    // Both nodes have one key, which is not rotated.
    let installation = Installation::new().await.with_deployment().await;
    break_that_of(&installation, "dev").await;
    break_that_of(&installation, "deleted").await;
    assert_unknown(&with_new_key(&installation, "by-hand").await.unwrap_err());
    let refused = rotate(&installation).await.unwrap_err().to_string();
    assert!(refused.contains("stands beside another address"), "{refused}");
    for infra in ["dev", "deleted"] {
        assert!(installation.store.read(&rotation_of(infra)).await.unwrap().is_none(), "{infra}");
    }
    let filter = AuditFilter::default().with_action(Some("rotate-key".to_owned()));
    let page = installation.admin().audit(&filter, None, 10).await.unwrap();
    let audited = format!("{:?}", page.entries);
    for part in ["removedUnreadable", "dev/https", "deleted/https"] {
        assert!(audited.contains(part), "{part}: {audited}");
    }
    with_new_key(&installation, "by-hand").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_infrastructure_is_named_only_to_those_who_may_rotate_its_keys() {
    // R-P2
    let installation = with_keys_of_their_own().await;
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
    break_that_of(&installation, "prod").await;
    let owner = installation.member("olga", &["owners"]);
    let settings = owner.infra_settings(&parsed("dev")).await.unwrap();
    let own = entry("dev").with_admin_api_key(Some(key("by-hand")));
    let new = settings.with_target(Target::SingleNode(own));
    let error = owner.save_infra_settings(&new).await.unwrap_err();
    let refused = error.to_string();
    assert!(refused.contains("ask an administrator of the Deployer"), "{refused}");
    assert!(!refused.contains("prod") && std::error::Error::source(&error).is_none(), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn every_rotation_that_keeps_new_keys_away_is_listed() {
    let installation = with_keys_of_their_own().await;
    let old = Collection::new("key-rotation").key("dev/https://old.example:11200");
    let commit = Commit::new().put(old, Expected::Any, json!({"format": 9}));
    installation.store.commit(commit).await.unwrap();
    for infra in ["dev", "deleted", "prod"] {
        break_that_of(&installation, infra).await;
    }
    let listed = installation.admin().key_rotations(&parsed("dev")).await.unwrap();
    let text = listed.unreadable.join("\n");
    assert_eq!(listed.unreadable.len(), 3, "{text}");
    for part in ["of node https://dev", "`deleted/https://dev", "`dev/https://old"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("prod"), "{text}");
}
