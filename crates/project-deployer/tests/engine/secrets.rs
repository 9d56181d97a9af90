use project_deployer_client::prelude::*;
use project_deployer_store::{Collection, Store as _};
use serde_json::json;

use crate::world::{KEY, World, parsed};

#[tokio::test]
async fn keys_and_variables_are_in_no_log_error_debug_or_open_document() {
    // R13
    let world = World::new().await.with_deployment().await;
    world
        .change("churn-dev", |document| {
            document["localVariables"] = json!({"token": "canary-local"})
        })
        .await;
    let detail = world.update("churn-dev").await;
    world.dev.set_reachable(false);
    let failed = world.dana().deployment_status(&parsed("churn-dev")).await.unwrap();
    let settings = world.admin().infra_settings(&parsed("dev")).await.unwrap();
    let deployment = world.dana().deployment_settings(&parsed("churn-dev")).await.unwrap();
    let readiness = world.admin().readiness(&parsed("dev")).await.unwrap();
    let shown = format!(
        "{detail:?} {failed:?} {settings:?} {deployment:?} {readiness:?} {:?} {:?} {}",
        world.deployer,
        world.store,
        settings.to_document(),
    );
    assert!(!shown.contains("canary"), "{shown}");
    let kept = world.store.read(&Collection("infrastructure").key("dev")).await.unwrap().unwrap();
    assert!(!kept.body.to_string().contains(KEY), "the key is kept apart, for the store to seal");
    assert_eq!(kept.secrets.len(), 1);
}
