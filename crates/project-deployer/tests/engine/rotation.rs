//! Rotation of admin keys: what happens on the node and in the store, with failures, deaths and restarts (R1, R4).

mod orphans;
mod saves;
mod slow_saves;
mod unreadable;

use std::time::Duration;

use project_deployer::rotation::{KeyRotation, RotationEnd};
use project_deployer::{Clock, DeployerError};
use project_deployer_client::prelude::*;
use project_deployer_client::{
    Failure, FakeNode, InfraCreation, NodeErrorKind, NodeKeys as _, Operation,
};
use project_deployer_core::infra::{InfraSettings, Target};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{ApiKeySecret, Timestamp};
use tokio::time::{Instant, timeout};

use crate::installation::{Installation, KEY, address, entry, parsed};

const CALLS: [Operation; 4] = [
    Operation::KeyIdentity,
    Operation::GlobalKeys,
    Operation::CreateGlobalKey,
    Operation::DeleteGlobalKey,
];

/// The clock of the test.
#[derive(Debug, Clone)]
struct Ticking(Instant);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.0.elapsed().as_millis()).unwrap();
        Timestamp::from_millis(1_700_000_000_000 + passed)
    }
}

/// The nodes have keys of their own, as real ones have.
async fn with_keys_of_their_own() -> Installation {
    let clock = Ticking(Instant::now());
    let installation = Installation::set_up(|builder| builder.clock(clock)).await;
    let installation = installation.with_deployment().await;
    let other = ApiKeySecret::new("key-of-prod").unwrap();
    let entry = entry("prod").with_admin_api_key(Some(other));
    let own = |infra: &mut InfraSettings| infra.target = Target::SingleNode(entry);
    installation.change_infra("prod", own).await;
    installation
}

async fn rotate(installation: &Installation) -> Result<KeyRotation, DeployerError> {
    installation.admin().rotate_node_keys(&parsed("dev")).await
}

/// The key of the settings opens the node, and there is one key only.
async fn assert_one_key_that_works(installation: &Installation, what: &str) {
    let keys = installation.dev.global_key_ids();
    assert_eq!(keys.len(), 1, "{what}: {keys:?}");
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success, "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_made_tried_and_stored_and_the_old_one_is_revoked() {
    let installation = with_keys_of_their_own().await;
    let done = rotate(&installation).await.unwrap();
    assert!(done.is_done(), "{done:?}");
    assert_eq!(installation.dev.global_key_ids(), ["made-1"]);
    let text = format!("{done:?} {}", serde_json::to_string(&done).unwrap());
    assert!(!text.contains("canary-4711") && !text.contains(KEY), "R13: {text}");
    assert_one_key_that_works(&installation, "rotated").await;
    let again = rotate(&installation).await.unwrap();
    assert_eq!(again.nodes[0].old_key.as_deref(), Some("made-1"));
    assert_eq!(installation.dev.global_key_ids(), ["made-2"]);
}

#[tokio::test(start_paused = true)]
async fn whatever_call_fails_the_node_is_never_locked_out_and_keeps_one_key() {
    let failures = [
        Failure::Before(NodeErrorKind::Unreachable),
        Failure::Before(NodeErrorKind::Forbidden("no".to_owned())),
        Failure::ReplyLost,
        Failure::NoReply,
        Failure::Stuck,
    ];
    for call in CALLS {
        for failure in &failures {
            for before in 0..3 {
                let installation = with_keys_of_their_own().await;
                let what = format!("{call} fails with {failure:?} after {before}");
                fail_at(&installation, call, failure, before);
                let done = rotate(&installation).await.unwrap();
                let end = done.nodes[0].end;
                if end == Some(RotationEnd::OldKeyStays) {
                    assert_eq!(installation.dev.global_key_ids().len(), 2, "{what}");
                    continue;
                }
                // What paused goes on, and what failed leaves the old key.
                installation.deployer.resume_key_rotations().await.unwrap();
                if end == Some(RotationEnd::Failed)
                    && matches!(failure, Failure::Before(NodeErrorKind::Forbidden(_)))
                {
                    // The node refused to delete what was made: a manual step.
                    assert_eq!(
                        installation.update("churn-dev").await.status,
                        UpdateStatus::Success
                    );
                    continue;
                }
                assert_one_key_that_works(&installation, &what).await;
            }
        }
    }
}

/// Waits until a rotation stands at the deletion of the old key, which hangs.
async fn until_it_revokes(dev: &FakeNode) {
    while dev.calls().iter().all(|call| call.operation != Operation::DeleteGlobalKey) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A call to make a key has its effect, with the label of another key of the node.
async fn made_late(dev: &FakeNode, like: &str) -> String {
    let known = dev.global_keys().await.unwrap();
    let label = known.iter().find(|key| key.id == like).unwrap().label.clone();
    dev.create_admin_key(&label, "").await.unwrap().id
}

/// The first calls of an operation succeed, and then one fails. Failures that come first have to be real ones.
fn fail_at(installation: &Installation, call: Operation, failure: &Failure, repeats: usize) {
    for _ in 0..=repeats {
        installation.dev.fail_next(call, failure.clone());
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_in_any_call_leaves_a_rotation_that_another_one_ends() {
    // R1: the call took effect or not, and nobody reads its answer.
    for call in CALLS {
        for failure in [Failure::Stuck, Failure::NoReply] {
            let installation = with_keys_of_their_own().await;
            let what = format!("{call}, {failure:?}");
            installation.dev.fail_next(call, failure);
            let died = timeout(Duration::from_secs(30), rotate(&installation)).await;
            assert!(died.is_err(), "{what}");
            let next = installation.another_deployer("second");
            // The lease of the dead process runs out.
            tokio::time::sleep(Duration::from_secs(120)).await;
            next.resume_key_rotations().await.unwrap();
            assert_eq!(next.resume_key_rotations().await.unwrap(), 0, "{what}: it has ended");
            assert_eq!(installation.dev.global_key_ids().len(), 1, "{what}");
            assert_one_key_that_works(&installation, &what).await;
            assert_ne!(installation.dev.global_key_ids(), ["admin-key"], "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_personal_key_is_refused_with_what_to_do() {
    let installation = with_keys_of_their_own().await;
    installation.dev.admin_key_belongs_to("dana");
    let done = rotate(&installation).await.unwrap();
    assert_eq!(done.nodes[0].end, Some(RotationEnd::Refused));
    let reason = done.nodes[0].reason.clone().unwrap();
    assert!(reason.contains("`dana`") && reason.contains("create a global API key"), "{reason}");
    assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn another_infrastructure_with_the_same_key_gets_the_new_one_as_well() {
    let installation = with_keys_of_their_own().await;
    installation.register("same", "Test", Target::SingleNode(entry("dev"))).await;
    assert!(rotate(&installation).await.unwrap().is_done());
    let admin = installation.admin();
    let key = async |id: &str| {
        let settings = admin.infra_settings(&parsed(id)).await.unwrap();
        settings.target.entries()[0].admin_api_key.clone().unwrap()
    };
    assert_eq!(key("same").await, key("dev").await);
    let mallory = installation.member("mallory", &[]);
    assert_eq!(mallory.rotate_node_keys(&parsed("dev")).await.unwrap_err().code(), "not-found");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_stands_beside_another_address_is_not_rotated() {
    let installation = Installation::new().await.with_deployment().await;
    let refused = rotate(&installation).await.unwrap_err().to_string();
    assert!(refused.contains("another address in infrastructure `prod`"), "{refused}");
    assert_one_key_that_works(&installation, "refused").await;
}
