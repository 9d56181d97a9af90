//! A5, R4: settings that are saved beside rotations of their keys.

use super::*;

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
