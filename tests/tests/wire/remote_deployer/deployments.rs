use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, Warnings};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::document::Document as _;
use project_deployer_core::health::Health;
use project_deployer_core::messages::Severity;
use project_deployer_testkit::Outcome;
use serde_json::json;

use super::{bundle, by, churn_prod, creation, deployed, deployer, infra, key};

#[tokio::test]
async fn deployments_are_created_once_and_read_without_a_look_at_the_node() {
    // Rows 19 to 21
    let (deployer, mina) = deployed("prod").await;
    let light = mina.deployment(&churn_prod()).await.unwrap();
    assert!(light.never_ever_deployed);
    assert_eq!(light.deployment_basic_info.deployed_project_key, Some(key("CHURN")));
    assert_eq!(light.packages.len(), 2);
    assert_eq!(mina.deployments().await.unwrap(), [light]);
    assert!(by(&deployer, "kit").deployments().await.unwrap().is_empty());
    let taken = mina.create_deployment(&creation("prod"), Warnings::AsErrors).await.unwrap_err();
    assert!(matches!(taken, DeployerError::AlreadyExists(_)), "{taken}");
}

#[tokio::test]
async fn what_a_new_deployment_refers_to_is_named_by_the_deployer() {
    let deployer = deployer().await;
    let mut wanted = creation("prod");
    wanted.bundle_id = bundle("v9");
    let missing = by(&deployer, "mina").create_deployment(&wanted, Warnings::AsErrors).await;
    let missing = missing.unwrap_err();
    assert!(
        matches!(&missing, DeployerError::Refused { status: 404, message }
        if message.contains("v9")),
        "{missing}"
    );
}

#[tokio::test]
async fn a_deployment_goes_and_its_infrastructure_is_free() {
    // Row 22
    let (deployer, mina) = deployed("prod").await;
    mina.delete_deployment(&churn_prod()).await.unwrap();
    assert!(deployer.deployment("churn-prod").is_none());
    let gone = mina.delete_deployment(&churn_prod()).await.unwrap_err();
    assert!(matches!(gone, DeployerError::NotFound(_)), "{gone}");
    by(&deployer, "kit").delete_infra(&infra("prod")).await.unwrap();
}

#[tokio::test]
async fn health_and_scenarios_are_read() {
    // Row 23
    let (deployer, mina) = deployed("prod").await;
    assert_eq!(mina.deployment_status(&churn_prod()).await.unwrap().health, Health::Unknown);
    mina.start_update(&churn_prod()).await.unwrap();
    deployer.set_scenario_outcome("churn-prod", "NIGHTLY", Outcome::Failed);
    let status = mina.deployment_status(&churn_prod()).await.unwrap();
    assert_eq!(status.health, Health::Healthy);
    assert_eq!(
        (status.monitoring.has_scenarios, status.monitoring.failed.as_slice()),
        (true, ["NIGHTLY".to_owned()].as_slice())
    );
    deployer.set_health("churn-prod", "ERROR", "the node is down");
    let status = mina.deployment_status(&churn_prod()).await.unwrap();
    assert_eq!(status.health, Health::Error);
    assert_eq!(status.health_messages.0[0].message, "the node is down");
}

#[tokio::test]
async fn approval_is_asked_for_and_warnings_can_be_ignored() {
    // Row 24, R-G1, R-G2
    let deployer = deployer().await;
    let mina = by(&deployer, "mina");
    let refused = mina.create_deployment(&creation("both"), Warnings::AsErrors).await.unwrap_err();
    assert!(matches!(refused, DeployerError::Refused { status: 400, .. }), "{refused}");
    mina.create_deployment(&creation("both"), Warnings::Ignore).await.unwrap();
    deployer.approve("CHURN", "v2");
    let own = mina.governance_status(&churn_prod(), None).await.unwrap();
    assert!(own.any(Severity::Warning) && !own.is_fatal());
    let other = mina.governance_status(&churn_prod(), Some(&bundle("v2"))).await.unwrap();
    assert!(other.0.is_empty());
}

#[tokio::test]
async fn settings_are_saved_whole_and_take_effect_with_an_update() {
    // Rows 25 and 26, R-D5
    let (deployer, mina) = deployed("prod").await;
    mina.start_update(&churn_prod()).await.unwrap();
    let mut document = mina.deployment_settings(&churn_prod()).await.unwrap().to_document();
    document["bundleId"] = json!("v2");
    document["localVariables"] = json!({"threshold": 0.7});
    document["addedIn16"] = json!(true);
    let settings = DeploymentSettings::from_document(document).unwrap();
    mina.save_deployment_settings(&settings, Warnings::AsErrors).await.unwrap();
    assert_eq!(mina.deployment_settings(&churn_prod()).await.unwrap(), settings);
    let known = deployer.deployment("churn-prod").unwrap();
    assert_eq!(
        (&known.settings["addedIn16"], &known.settings["bundleId"]),
        (&json!(true), &json!("v2"))
    );
    assert_eq!(known.applied.unwrap()["bundleId"], "v1");
    assert_eq!(mina.deployment_status(&churn_prod()).await.unwrap().health, Health::OutOfSync);
    let ann = by(&deployer, "ann");
    let denied = ann.save_deployment_settings(&settings, Warnings::AsErrors).await.unwrap_err();
    assert!(matches!(denied, DeployerError::Denied(_)), "{denied}");
}

#[tokio::test]
async fn what_never_changes_is_refused_by_the_deployer() {
    let (_deployer, mina) = deployed("prod").await;
    let mut moved = mina.deployment_settings(&churn_prod()).await.unwrap();
    moved.infra_id = infra("both");
    let refused = mina.save_deployment_settings(&moved, Warnings::AsErrors).await.unwrap_err();
    assert!(matches!(refused, DeployerError::Refused { status: 400, .. }), "{refused}");
}
