//! Promotes a bundle through the stages, and rolls it back.

use project_deployer::board::board;
use project_deployer_client::prelude::*;
use project_deployer_client::{Identity, NodeConnector as _, ProjectChange};
use project_deployer_core::health::Health;
use project_deployer_core::status::UpdateStatus;
use project_deployer_testkit::{MockConnection, MockUser};
use project_deployer_tests::{connector, settings};
use serde_json::json;

use crate::installation::{Installation, active, parsed};

#[tokio::test]
async fn a_bundle_goes_over_development_and_test_to_production() {
    // R-I1, R-D4
    let installation = Installation::with_deployment().await;
    installation.deploy("churn-test", "test").await;
    installation.deploy("churn-prod", "prod").await;
    installation.prod.log_in("dana").unwrap();
    for (id, node) in [
        ("churn-dev", &installation.dev),
        ("churn-test", &installation.test),
        ("churn-prod", &installation.prod),
    ] {
        assert_eq!(installation.health(id).await, Health::Unknown);
        assert_eq!(active(node), None);
        installation.update_well(id).await;
        assert_eq!(active(node).as_deref(), Some("v1"));
        assert_eq!(installation.health(id).await, Health::Healthy);
    }
    let board = board(&installation.dana()).await.unwrap();
    let stages: Vec<_> = board
        .stages
        .iter()
        .map(|column| (column.stage.as_str(), column.rows.iter().map(|row| row.health).collect()))
        .collect();
    let healthy = vec![Health::Healthy];
    let expected = ["Development", "Test", "Production"].map(|stage| (stage, healthy.clone()));
    assert_eq!(stages, expected);
}

#[tokio::test]
async fn a_deployment_goes_back_to_an_earlier_bundle() {
    let installation = Installation::with_deployment().await;
    installation.update_well("churn-dev").await;
    installation.publish("v2").await;
    installation.change("churn-dev", |settings| settings["bundleId"] = json!("v2")).await;
    assert_eq!(installation.health("churn-dev").await, Health::OutOfSync);
    installation.update_well("churn-dev").await;
    assert_eq!(active(&installation.dev).as_deref(), Some("v2"));
    installation.change("churn-dev", |settings| settings["bundleId"] = json!("v1")).await;
    installation.update_well("churn-dev").await;
    assert_eq!(active(&installation.dev).as_deref(), Some("v1"));
    assert_eq!(
        installation.dev.project("CHURN").unwrap().bundles,
        ["v1", "v2"],
        "none is sent twice"
    );
    assert_eq!(installation.dana().updates(&parsed("churn-dev")).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_update_that_is_repeated_changes_nothing() {
    // R6
    let installation = Installation::with_deployment().await;
    installation.update_well("churn-dev").await;
    let before = installation.dev.project("CHURN");
    installation.update_well("churn-dev").await;
    assert_eq!(installation.dev.project("CHURN"), before);
}

#[tokio::test]
async fn settings_of_a_deployment_arrive_on_the_node() {
    let installation = Installation::with_deployment().await;
    installation.dev.put_user(MockUser::new("rita"));
    installation
        .change_infra("dev", |infra| infra.scenarios_run_as_user = Some(parsed("rita")))
        .await;
    installation
        .change("churn-dev", |settings| {
            settings["localVariables"] = json!({"threshold": 0.7});
            settings["scenariosToActivate"] = json!({"NIGHTLY": true});
        })
        .await;
    installation.update_well("churn-dev").await;
    let project = installation.dev.project("CHURN").unwrap();
    assert_eq!(project.local_variables.0["threshold"], 0.7);
    let nightly = &project.scenarios["NIGHTLY"];
    assert_eq!((nightly.active, nightly.run_as_user.as_deref()), (true, Some("rita")));
}

#[tokio::test]
async fn all_nodes_of_an_infrastructure_get_the_bundle() {
    // R-I6
    let installation = Installation::with_deployment().await;
    let both = [("dev", &installation.dev), ("test", &installation.test)];
    installation.register("both", "Test", &both).await;
    installation.deploy("churn-both", "both").await;
    installation.update_well("churn-both").await;
    for (name, node) in both {
        assert_eq!(active(node).as_deref(), Some("v1"), "{name}");
    }
}

#[tokio::test]
async fn an_update_that_fails_on_the_node_leaves_it_and_the_next_one_repairs() {
    let installation = Installation::with_deployment().await;
    installation.update_well("churn-dev").await;
    installation.publish("v2").await;
    installation.change("churn-dev", |settings| settings["bundleId"] = json!("v2")).await;
    installation.dev.remove_connection("sql");
    let (status, log) = installation.update("churn-dev").await;
    assert_eq!(status, UpdateStatus::Failed);
    assert!(log.contains("ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION"), "{log}");
    assert_eq!(active(&installation.dev).as_deref(), Some("v1"));
    assert_eq!(installation.health("churn-dev").await, Health::Error);
    installation.dev.put_connection(MockConnection::new("sql", "PostgreSQL"));
    installation.update_well("churn-dev").await;
    assert_eq!(active(&installation.dev).as_deref(), Some("v2"));
}

#[tokio::test]
async fn somebody_who_works_on_the_node_shows_as_out_of_sync() {
    // R-D5
    let installation = Installation::with_deployment().await;
    installation
        .change("churn-dev", |settings| settings["localVariables"] = json!({"limit": 1}))
        .await;
    installation.update_well("churn-dev").await;
    let node = connector().connect(&settings(&installation.dev), Identity::ApiKey).unwrap();
    let change = ProjectChange::Variables(Default::default());
    node.configure_project(&parsed("CHURN"), &change).await.unwrap();
    assert_eq!(installation.health("churn-dev").await, Health::OutOfSync);
    installation.update_well("churn-dev").await;
    assert_eq!(installation.health("churn-dev").await, Health::Healthy);
}
