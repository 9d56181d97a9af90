//! Rotation of admin keys: what happens on the node and in the store, with failures, deaths and restarts (R1, R4).

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

#[tokio::test(start_paused = true)]
async fn settings_with_a_revoked_key_are_not_saved() {
    let installation = with_keys_of_their_own().await;
    let admin = installation.admin();
    let before = admin.infra_settings(&parsed("dev")).await.unwrap();
    assert!(rotate(&installation).await.unwrap().is_done());
    let refused = admin.save_infra_settings(&before).await.unwrap_err().to_string();
    assert!(refused.contains("a rotation has revoked") && !refused.contains(KEY), "{refused}");
    assert_one_key_that_works(&installation, "after").await;
}

#[tokio::test(start_paused = true)]
async fn a_new_infrastructure_with_a_revoked_key_is_not_created() {
    // A5
    let installation = with_keys_of_their_own().await;
    assert!(rotate(&installation).await.unwrap().is_done());
    let admin = installation.admin();
    let key = ApiKeySecret::new(KEY).unwrap();
    let old = InfraCreation::new(parsed("again"), parsed("Test")).with_node(address("dev"), key);
    let refused = admin.create_infra(&old).await.unwrap_err().to_string();
    assert!(refused.contains("a rotation has revoked") && !refused.contains(KEY), "{refused}");
    assert_eq!(admin.infra(&parsed("again")).await.unwrap_err().code(), "not-found");
}

#[tokio::test(start_paused = true)]
async fn a_key_whose_creation_takes_effect_late_goes_with_the_old_one() {
    // A5, R4: the keys of the rotation were looked through before it was there.
    let installation = with_keys_of_their_own().await;
    let dev = &installation.dev;
    dev.fail_next(Operation::DeleteGlobalKey, Failure::Stuck);
    let late = async {
        until_it_revokes(dev).await;
        made_late(dev, "made-1").await
    };
    let (done, late) = tokio::join!(rotate(&installation), late);
    assert!(done.unwrap().is_done());
    assert_eq!((late.as_str(), dev.global_key_ids()), ("made-2", vec!["made-1".to_owned()]));
    assert_one_key_that_works(&installation, "late").await;
}

/// A rotation beside whose end a key is made late that the node refuses to delete.
async fn with_an_orphan(installation: &Installation) -> KeyRotation {
    let dev = &installation.dev;
    dev.keep_global_key("made-2", true);
    dev.fail_next(Operation::DeleteGlobalKey, Failure::Stuck);
    let late = async {
        until_it_revokes(dev).await;
        assert_eq!(made_late(dev, "made-1").await, "made-2");
    };
    tokio::join!(rotate(installation), late).0.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_orphan_that_the_node_does_not_delete_keeps_the_old_key_from_nothing() {
    // A5: the old key is revoked, and what stays is said, and deleted once the node allows it.
    let installation = with_keys_of_their_own().await;
    let done = with_an_orphan(&installation).await;
    let node = &done.nodes[0];
    assert_eq!(
        (node.end, node.orphans.as_slice()),
        (Some(RotationEnd::Rotated), &["made-2".into()][..])
    );
    assert_eq!(installation.dev.global_key_ids(), ["made-1", "made-2"], "the old key is revoked");
    let reason = node.reason.clone().unwrap();
    assert!(
        reason.contains("may not be deleted") && reason.contains("delete them there"),
        "{reason}"
    );
    assert!(!done.is_done(), "somebody has to look at it");
    let admin = installation.admin();
    assert_eq!(admin.key_rotations(&parsed("dev")).await.unwrap(), done);
    let mallory = installation.member("mallory", &[]);
    assert_eq!(mallory.key_rotations(&parsed("dev")).await.unwrap_err().code(), "not-found");

    installation.dev.keep_global_key("made-2", false);
    installation.deployer.resume_key_rotations().await.unwrap();
    assert_eq!(installation.dev.global_key_ids().len(), 2, "not at once");
    tokio::time::sleep(Duration::from_secs(60)).await;
    installation.deployer.resume_key_rotations().await.unwrap();
    assert_eq!(installation.dev.global_key_ids(), ["made-1"]);
    let now = admin.key_rotations(&parsed("dev")).await.unwrap();
    assert!(now.is_done() && now.nodes[0].orphans.is_empty(), "{now:?}");
    assert_one_key_that_works(&installation, "after it").await;
}

#[tokio::test(start_paused = true)]
async fn a_rotation_that_ends_early_names_the_orphans_of_the_one_before() {
    // A5
    let installation = with_keys_of_their_own().await;
    with_an_orphan(&installation).await;
    let dev = &installation.dev;
    let refusal = NodeErrorKind::Forbidden("no".to_owned());
    dev.fail_next(Operation::KeyIdentity, Failure::Before(refusal));
    let done = rotate(&installation).await.unwrap();
    let node = &done.nodes[0];
    assert_eq!(
        (node.end, node.orphans.as_slice()),
        (Some(RotationEnd::Refused), &["made-2".into()][..])
    );
    assert!(node.reason.clone().unwrap().contains("`made-2`"), "{done:?}");
    dev.keep_global_key("made-2", false);
    tokio::time::sleep(Duration::from_secs(60)).await;
    installation.deployer.resume_key_rotations().await.unwrap();
    assert_eq!(dev.global_key_ids(), ["made-1"]);
    assert_one_key_that_works(&installation, "after it").await;
}

#[tokio::test(start_paused = true)]
async fn an_orphan_whose_deletion_has_no_answer_keeps_no_rotation_from_its_end() {
    // A5
    let installation = with_keys_of_their_own().await;
    with_an_orphan(&installation).await;
    let dev = &installation.dev;
    dev.keep_global_key("made-2", false);
    dev.hang_on_global_key("made-2", true);
    let done = rotate(&installation).await.unwrap();
    let node = &done.nodes[0];
    assert_eq!(
        (node.end, node.orphans.as_slice()),
        (Some(RotationEnd::Rotated), &["made-2".into()][..])
    );
    assert!(node.reason.clone().unwrap().contains("the node did not answer"), "{done:?}");
    assert_eq!(dev.global_key_ids(), ["made-2", "made-3"], "the old key is revoked");
    dev.hang_on_global_key("made-2", false);
    tokio::time::sleep(Duration::from_secs(60)).await;
    installation.deployer.resume_key_rotations().await.unwrap();
    assert_eq!(dev.global_key_ids(), ["made-3"]);
    assert_one_key_that_works(&installation, "after it").await;
}

#[tokio::test(start_paused = true)]
async fn an_infrastructure_without_a_key_is_looked_at_again() {
    // A5: it may get one again.
    let installation = with_keys_of_their_own().await;
    with_an_orphan(&installation).await;
    installation.dev.keep_global_key("made-2", false);
    let with_key = async |key: Option<ApiKeySecret>| {
        // A key is kept where its place stays.
        let mut entry = entry("dev").with_admin_api_key(key);
        entry.trust_all_certificates = entry.admin_api_key.is_none();
        let target = Target::SingleNode(entry);
        installation.change_infra("dev", |infra| infra.target = target).await;
    };
    let settings = installation.admin().infra_settings(&parsed("dev")).await.unwrap();
    let key = settings.target.entries()[0].admin_api_key.clone();
    with_key(None).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    installation.deployer.resume_key_rotations().await.unwrap();
    assert_eq!(installation.dev.global_key_ids().len(), 2);
    with_key(key).await;
    tokio::time::sleep(Duration::from_secs(300)).await;
    installation.deployer.resume_key_rotations().await.unwrap();
    assert_eq!(installation.dev.global_key_ids(), ["made-1"]);
}

#[tokio::test(start_paused = true)]
async fn an_orphan_is_asked_for_within_a_bound() {
    // A5
    let installation = with_keys_of_their_own().await;
    with_an_orphan(&installation).await;
    let _ = installation.dev.take_calls();
    for _ in 0..48 {
        tokio::time::sleep(Duration::from_secs(1800)).await;
        installation.deployer.resume_key_rotations().await.unwrap();
    }
    let calls = installation.dev.take_calls();
    let deletions = calls.iter().filter(|call| call.operation == Operation::DeleteGlobalKey);
    assert_eq!(deletions.count(), 5);
    let now = installation.admin().key_rotations(&parsed("dev")).await.unwrap();
    let reason = now.nodes[0].reason.clone().unwrap();
    assert!(reason.contains("it is not asked again: delete them there"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_made_after_the_end_of_its_rotation_is_found() {
    // A5: the call to make it had no answer, and its effect comes after everything.
    for at_the_next_rotation in [false, true] {
        let installation = with_keys_of_their_own().await;
        let dev = &installation.dev;
        dev.fail_next(Operation::CreateGlobalKey, Failure::NoReply);
        let done = rotate(&installation).await.unwrap();
        assert!(done.is_done(), "{done:?}");
        let in_use = done.nodes[0].new_key.clone().unwrap();
        assert_eq!(dev.global_key_ids(), std::slice::from_ref(&in_use));
        made_late(dev, &in_use).await;
        assert_eq!(dev.global_key_ids().len(), 2);
        if at_the_next_rotation {
            assert!(rotate(&installation).await.unwrap().is_done());
        } else {
            tokio::time::sleep(Duration::from_secs(60)).await;
            installation.deployer.resume_key_rotations().await.unwrap();
            assert_eq!(dev.global_key_ids(), [in_use]);
        }
        assert_one_key_that_works(&installation, "late").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_of_a_rotation_that_another_deployer_made_is_named_and_stays() {
    // A5: both Deployers have the node, and their labels look the same.
    let installation = with_keys_of_their_own().await;
    let dev = &installation.dev;
    let label = "project-deployer rotation 0123";
    let foreign = dev.create_admin_key(label, "").await.unwrap().id;
    let own = dev.create_admin_key("of a program", "").await.unwrap().id;
    let done = rotate(&installation).await.unwrap();
    assert!(done.is_done(), "{done:?}");
    let reason = done.nodes[0].reason.clone().unwrap();
    assert!(reason.contains(&format!("`{foreign}`")) && !reason.contains(&own), "{reason}");
    assert_eq!(dev.global_key_ids(), [foreign, own, "made-3".into()]);
}

#[tokio::test(start_paused = true)]
async fn settings_with_a_key_that_is_being_revoked_are_not_saved() {
    // A5, R4: the node may delete it at any moment.
    let installation = with_keys_of_their_own().await;
    let admin = installation.admin();
    let before = admin.infra_settings(&parsed("dev")).await.unwrap();
    installation.dev.fail_next(Operation::DeleteGlobalKey, Failure::Stuck);
    let saving = async {
        until_it_revokes(&installation.dev).await;
        let key = ApiKeySecret::new(KEY).unwrap();
        let new = InfraCreation::new(parsed("again"), parsed("Test"));
        let created = admin.create_infra(&new.with_node(address("elsewhere"), key)).await;
        (admin.save_infra_settings(&before).await, created)
    };
    let (done, (saved, created)) = tokio::join!(rotate(&installation), saving);
    for refused in [saved, created] {
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("a rotation has revoked") && !refused.contains(KEY), "{refused}");
    }
    assert!(done.unwrap().is_done());
    assert_one_key_that_works(&installation, "after").await;
}

#[tokio::test(start_paused = true)]
async fn settings_that_are_saved_beside_a_rotation_lock_no_node_out() {
    // A5, R4: in every order of their calls to the store, the key of the settings opens the node.
    let (mut saved, mut stayed) = (0, 0);
    for later in 0..120 {
        let installation = with_keys_of_their_own().await;
        let root = || project_deployer_core::rights::Caller::administrator(parsed("root"));
        let [one, two] = installation.in_processes(root()).await;
        let before = two.infra_settings(&parsed("dev")).await.unwrap();
        let dev = parsed("dev");
        let saving = async {
            for _ in 0..later {
                tokio::task::yield_now().await;
            }
            two.save_infra_settings(&before).await
        };
        let (rotated, save) = tokio::join!(one.rotate_node_keys(&dev), saving);
        saved += usize::from(save.is_ok());
        let end = rotated.ok().map(|done| done.nodes[0].end);
        stayed += usize::from(end == Some(Some(RotationEnd::OldKeyStays)));
        let update = installation.update("churn-dev").await;
        assert_eq!(update.status, UpdateStatus::Success, "{later}: {end:?} {save:?}");
    }
    assert!(saved > 0 && saved < 120, "{saved}");
    assert!(stayed < 120, "{stayed}");
}
