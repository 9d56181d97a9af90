use project_deployer_client::DeployerError;
use project_deployer_client::prelude::*;
use project_deployer_core::stage::Stage;

use crate::installation::{Installation, parsed};

async fn names(installation: &Installation) -> Vec<String> {
    let stages = installation.dana().stages().await.unwrap();
    stages.iter().map(|stage| stage.id.to_string()).collect()
}

#[tokio::test]
async fn development_test_and_production_are_there_from_the_start() {
    // R-I2
    let installation = Installation::new().await;
    assert_eq!(names(&installation).await, ["Development", "Test", "Production"]);
}

#[tokio::test]
async fn a_global_administrator_changes_them_freely() {
    // R-I2
    let installation = Installation::new().await;
    let admin = installation.admin();
    admin.add_stage(Stage::new(parsed("Canary"), "a few users")).await.unwrap();
    let order = ["Development", "Test", "Canary", "Production"].map(parsed);
    admin.reorder_stages(&order).await.unwrap();
    admin.describe_stage(&parsed("Canary"), "one in a hundred").await.unwrap();
    admin.remove_stage(&parsed("Test")).await.unwrap();
    assert_eq!(names(&installation).await, ["Development", "Canary", "Production"]);
    let stages = admin.stages().await.unwrap();
    assert_eq!(stages.get(&parsed("Canary")).unwrap().desc, "one in a hundred");
    let refused = installation.dana().add_stage(Stage::new(parsed("Mine"), "")).await.unwrap_err();
    assert!(matches!(refused, DeployerError::Forbidden(_)), "{refused}");
}

#[tokio::test]
async fn renaming_a_stage_carries_its_infrastructures_along() {
    let installation = Installation::new().await.with_infras().await;
    installation.admin().rename_stage(&parsed("Production"), &parsed("Live")).await.unwrap();
    let infra = installation.admin().infra(&parsed("prod")).await.unwrap();
    assert_eq!(infra.infra_basic_info.stage.as_str(), "Live");
    let settings = installation.admin().infra_settings(&parsed("prod")).await.unwrap();
    assert!(settings.target.entries()[0].admin_api_key.is_some(), "its key is kept");
}

#[tokio::test]
async fn a_stage_in_use_is_not_removed_and_the_answer_says_by_whom() {
    let installation = Installation::new().await.with_infras().await;
    let used =
        installation.admin().remove_stage(&parsed("Production")).await.unwrap_err().to_string();
    assert!(used.contains("`prod`"), "{used}");
    assert_eq!(names(&installation).await.len(), 3);
}
