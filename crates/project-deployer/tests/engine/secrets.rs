use project_deployer_client::prelude::*;
use project_deployer_store::{Collection, Store as _};
use serde_json::json;

use crate::installation::{Installation, KEY, parsed};

#[tokio::test]
async fn keys_and_variables_are_in_no_log_error_debug_or_open_document() {
    // R13
    let installation = Installation::new().await.with_deployment().await;
    installation
        .change("churn-dev", |document| {
            document["localVariables"] = json!({"token": "canary-local"})
        })
        .await;
    let detail = installation.update("churn-dev").await;
    installation.dev.set_reachable(false);
    let failed = installation.dana().deployment_status(&parsed("churn-dev")).await.unwrap();
    let settings = installation.admin().infra_settings(&parsed("dev")).await.unwrap();
    let deployment = installation.dana().deployment_settings(&parsed("churn-dev")).await.unwrap();
    let readiness = installation.admin().readiness(&parsed("dev")).await.unwrap();
    let shown = format!(
        "{detail:?} {failed:?} {settings:?} {deployment:?} {readiness:?} {:?} {:?} {}",
        installation.deployer,
        installation.store,
        settings.to_document(),
    );
    assert!(!shown.contains("canary"), "{shown}");
    let kept = installation
        .store
        .read(&Collection::new("infrastructure").key("dev"))
        .await
        .unwrap()
        .unwrap();
    assert!(!kept.body.to_string().contains(KEY), "the key is kept apart, for the store to seal");
    assert_eq!(kept.secrets.len(), 1);
}
