//! A5: keys that rotations left on their node.

use project_deployer_store::{Collection, Commit, Expected, Store as _};

use super::*;

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
async fn a_rotation_that_cannot_be_read_is_named_where_the_rotations_are_listed() {
    // A5: a newer version of the program has written it, or it is damaged.
    let installation = with_keys_of_their_own().await;
    assert!(rotate(&installation).await.unwrap().is_done());
    let node = address("dev").to_string();
    let key = Collection::new("key-rotation").key(format!("dev/{node}"));
    let commit = Commit::new().put(key, Expected::Any, serde_json::json!({"format": 9}));
    installation.store.commit(commit).await.unwrap();
    let found = installation.admin().key_rotations(&parsed("dev")).await.unwrap();
    assert_eq!((found.nodes.len(), found.unreadable.len()), (0, 1), "{found:?}");
    assert!(found.unreadable[0].contains(&node), "{found:?}");
    assert!(!found.is_done(), "somebody has to look at it");
}
