//! Promotes a bundle through the stages, and rolls it back.

use project_deployer::board::board;
use project_deployer_client::prelude::*;
use project_deployer_client::{Identity, NodeConnector as _, ProjectChange};
use project_deployer_core::health::Health;
use project_deployer_core::status::UpdateStatus;
use project_deployer_testkit::{MockConnection, MockUser};
use project_deployer_tests::{connector, settings};
use serde_json::json;

use crate::world::{World, active, parsed};

#[tokio::test]
async fn a_bundle_goes_over_development_and_test_to_production() {
    // R-I1, R-D4
    let world = World::with_deployment().await;
    world.deploy("churn-test", "test").await;
    world.deploy("churn-prod", "prod").await;
    world.prod.log_in("dana").unwrap();
    for (id, node) in
        [("churn-dev", &world.dev), ("churn-test", &world.test), ("churn-prod", &world.prod)]
    {
        assert_eq!(world.health(id).await, Health::Unknown);
        assert_eq!(active(node), None);
        world.update_well(id).await;
        assert_eq!(active(node).as_deref(), Some("v1"));
        assert_eq!(world.health(id).await, Health::Healthy);
    }
    let board = board(&world.dana()).await.unwrap();
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
    let world = World::with_deployment().await;
    world.update_well("churn-dev").await;
    world.publish("v2").await;
    world.change("churn-dev", |settings| settings["bundleId"] = json!("v2")).await;
    assert_eq!(world.health("churn-dev").await, Health::OutOfSync);
    world.update_well("churn-dev").await;
    assert_eq!(active(&world.dev).as_deref(), Some("v2"));
    world.change("churn-dev", |settings| settings["bundleId"] = json!("v1")).await;
    world.update_well("churn-dev").await;
    assert_eq!(active(&world.dev).as_deref(), Some("v1"));
    assert_eq!(world.dev.project("CHURN").unwrap().bundles, ["v1", "v2"], "none is sent twice");
    assert_eq!(world.dana().updates(&parsed("churn-dev")).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_update_that_is_repeated_changes_nothing() {
    // R6
    let world = World::with_deployment().await;
    world.update_well("churn-dev").await;
    let before = world.dev.project("CHURN");
    world.update_well("churn-dev").await;
    assert_eq!(world.dev.project("CHURN"), before);
}

#[tokio::test]
async fn settings_of_a_deployment_arrive_on_the_node() {
    let world = World::with_deployment().await;
    world.dev.put_user(MockUser::new("rita"));
    world.change_infra("dev", |infra| infra.scenarios_run_as_user = Some(parsed("rita"))).await;
    world
        .change("churn-dev", |settings| {
            settings["localVariables"] = json!({"threshold": 0.7});
            settings["scenariosToActivate"] = json!({"NIGHTLY": true});
        })
        .await;
    world.update_well("churn-dev").await;
    let project = world.dev.project("CHURN").unwrap();
    assert_eq!(project.local_variables.0["threshold"], 0.7);
    let nightly = &project.scenarios["NIGHTLY"];
    assert_eq!((nightly.active, nightly.run_as_user.as_deref()), (true, Some("rita")));
}

#[tokio::test]
async fn all_nodes_of_an_infrastructure_get_the_bundle() {
    // R-I6
    let world = World::with_deployment().await;
    let both = [("dev", &world.dev), ("test", &world.test)];
    world.register("both", "Test", &both).await;
    world.deploy("churn-both", "both").await;
    world.update_well("churn-both").await;
    for (name, node) in both {
        assert_eq!(active(node).as_deref(), Some("v1"), "{name}");
    }
}

#[tokio::test]
async fn an_update_that_fails_on_the_node_leaves_it_and_the_next_one_repairs() {
    let world = World::with_deployment().await;
    world.update_well("churn-dev").await;
    world.publish("v2").await;
    world.change("churn-dev", |settings| settings["bundleId"] = json!("v2")).await;
    world.dev.remove_connection("sql");
    let (status, log) = world.update("churn-dev").await;
    assert_eq!(status, UpdateStatus::Failed);
    assert!(log.contains("ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION"), "{log}");
    assert_eq!(active(&world.dev).as_deref(), Some("v1"));
    assert_eq!(world.health("churn-dev").await, Health::Error);
    world.dev.put_connection(MockConnection::new("sql", "PostgreSQL"));
    world.update_well("churn-dev").await;
    assert_eq!(active(&world.dev).as_deref(), Some("v2"));
}

#[tokio::test]
async fn somebody_who_works_on_the_node_shows_as_out_of_sync() {
    // R-D5
    let world = World::with_deployment().await;
    world.change("churn-dev", |settings| settings["localVariables"] = json!({"limit": 1})).await;
    world.update_well("churn-dev").await;
    let node = connector().connect(&settings(&world.dev), Identity::ApiKey).unwrap();
    let change = ProjectChange::Variables(Default::default());
    node.configure_project(&parsed("CHURN"), &change).await.unwrap();
    assert_eq!(world.health("churn-dev").await, Health::OutOfSync);
    world.update_well("churn-dev").await;
    assert_eq!(world.health("churn-dev").await, Health::Healthy);
}
