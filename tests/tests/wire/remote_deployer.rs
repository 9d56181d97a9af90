//! Another Deployer over HTTP (wire-facts 2): all rows of its API, as a mock of it answers them.

mod deployments;
mod infras;
mod projects;
mod updates;

use std::sync::Arc;

use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, RemoteDeployer, Warnings};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::{BundleId, DeploymentId, InfraId, Login, NodeId, ProjectKey};
use project_deployer_testkit::{
    BundleBuilder, BundleScenario, GovernPolicy, MockDeployer, MockGrant, MockGroup, MockInfra,
    MockNode, MockPublishedProject, MockUser,
};
use project_deployer_tests::{connector, settings_at};

/// mina deploys, ann looks, kit administers the infrastructure `prod`, amy owns the project.
async fn deployer() -> MockDeployer {
    let node = MockNode::builder("deployer-1")
        .group(MockGroup::new("ops"))
        .group(MockGroup::new("analysts"))
        .group(MockGroup::new("keepers"))
        .user(MockUser::new("mina").in_group("ops"))
        .user(MockUser::new("ann").in_group("analysts"))
        .user(MockUser::new("kit").in_group("keepers"))
        .user(MockUser::new("amy"));
    let prod = MockInfra::new("prod", "Production")
        .node("auto-prod", "https://auto.example", "key-of-auto")
        .granting(MockGrant::to("ops").deploy())
        .granting(MockGrant::to("analysts").read())
        .granting(MockGrant::to("keepers").admin());
    let both = MockInfra::new("both", "Test")
        .node("auto-1", "https://auto-1.example", "key-1")
        .node("auto-2", "https://auto-2.example", "key-2")
        .checking(GovernPolicy::Warn)
        .granting(MockGrant::to("ops").deploy())
        .lacking_user("auto-2", "mina");
    let churn = MockPublishedProject::new("CHURN")
        .named("Customer churn")
        .owned_by("amy")
        .granting(MockGrant::to("ops").deploy())
        .granting(MockGrant::to("analysts").read());
    let deployer = MockDeployer::on(node).infra(prod).infra(both).project(churn).start().await;
    deployer.publish(&archive("v1")).unwrap();
    deployer.publish(&archive("v2")).unwrap();
    deployer
}

fn archive(id: &str) -> BundleBuilder {
    BundleBuilder::new("CHURN", id)
        .scenario(BundleScenario::new("NIGHTLY").trigger("nightly", "temporal"))
        .scenario(BundleScenario::new("CHECKS").marked_as_test())
}

/// The Deployer as its admin key sees it.
fn by_key(deployer: &MockDeployer) -> RemoteDeployer {
    let settings = settings_at(deployer.url(), &deployer.admin_api_key());
    RemoteDeployer::new(Arc::new(connector()), settings).unwrap()
}

/// The Deployer as a login sees it.
fn by(deployer: &MockDeployer, login: &str) -> RemoteDeployer {
    by_key(deployer).acting_as(Login::parse(login).unwrap()).unwrap()
}

fn infra(id: &str) -> InfraId {
    InfraId::parse(id).unwrap()
}

fn key(text: &str) -> ProjectKey {
    ProjectKey::parse(text).unwrap()
}

fn bundle(id: &str) -> BundleId {
    BundleId::parse(id).unwrap()
}

fn node(id: &str) -> NodeId {
    NodeId::parse(id).unwrap()
}

fn churn_prod() -> DeploymentId {
    DeploymentId::parse("churn-prod").unwrap()
}

fn creation(on: &str) -> DeploymentCreation {
    DeploymentCreation::new(churn_prod(), key("CHURN"), infra(on), bundle("v1"))
}

/// A Deployer with `churn-prod` on an infrastructure, and mina, who made it.
async fn deployed(on: &str) -> (MockDeployer, RemoteDeployer) {
    let deployer = deployer().await;
    let mina = by(&deployer, "mina");
    mina.create_deployment(&creation(on), Warnings::Ignore).await.unwrap();
    (deployer, mina)
}

#[tokio::test]
async fn what_is_hidden_reads_as_not_found_and_a_missing_right_as_denied() {
    // R-P2, R-P3
    let (deployer, _) = deployed("prod").await;
    let (kit, ann) = (by(&deployer, "kit"), by(&deployer, "ann"));
    let hidden = kit.deployment(&churn_prod()).await.unwrap_err();
    assert!(matches!(&hidden, DeployerError::NotFound(named) if named.id() == "churn-prod"));
    let hidden = kit.project(&key("CHURN")).await.unwrap_err();
    assert!(matches!(&hidden, DeployerError::NotFound(named) if named.id() == "CHURN"));
    let hidden = ann.infra(&infra("both")).await.unwrap_err();
    assert!(matches!(&hidden, DeployerError::NotFound(named) if named.id() == "both"));
    let denied = ann.delete_deployment(&churn_prod()).await.unwrap_err();
    assert!(matches!(&denied, DeployerError::Denied(text) if text.contains("deploy")), "{denied}");
    let denied = ann.infra_settings(&infra("prod")).await.unwrap_err();
    assert!(matches!(denied, DeployerError::Denied(_)), "{denied}");
}

#[tokio::test]
async fn stages_come_in_order() {
    // Row 1
    let deployer = MockDeployer::builder("deployer-1").stages(["Lab", "Live"]).start().await;
    let stages = by_key(&deployer).stages().await.unwrap();
    let names: Vec<_> = stages.iter().map(|stage| stage.id.as_str()).collect();
    assert_eq!(names, ["Lab", "Live"]);
}
