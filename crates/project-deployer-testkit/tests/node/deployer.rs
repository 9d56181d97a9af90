//! A Deployer (wire-facts 2).

mod deployments;
mod infras;
mod projects;
mod rights;
mod updates;

use project_deployer_testkit::{
    BundleBuilder, BundleScenario, GovernPolicy, MockDeployer, MockGrant, MockGroup, MockInfra,
    MockNode, MockPublishedProject, MockUser, NodeKind,
};
use serde_json::{Value, json};

use crate::client::{Client, admin};

const ROOT: &str = "/project-deployer";

/// Ops deploy, analysts read, keepers administer the infrastructure, authors own bundles; no group has
/// rights on `hidden`.
async fn deployer() -> MockDeployer {
    let node = MockNode::builder("deployer-1")
        .group(MockGroup::new("ops"))
        .group(MockGroup::new("analysts"))
        .group(MockGroup::new("keepers"))
        .group(MockGroup::new("authors").may_create_published_projects())
        .user(MockUser::new("mina").in_group("ops"))
        .user(MockUser::new("ann").in_group("analysts"))
        .user(MockUser::new("kit").in_group("keepers"))
        .user(MockUser::new("amy").in_group("authors"));
    let prod = MockInfra::new("prod", "Production")
        .node("auto-prod", "https://auto.example", "key-of-auto")
        .granting(MockGrant::to("ops").deploy())
        .granting(MockGrant::to("analysts").read())
        .granting(MockGrant::to("keepers").admin());
    let strict = MockInfra::new("strict", "Test").checking(GovernPolicy::Warn);
    let both = MockInfra::new("both", "Production")
        .node("auto-1", "https://auto-1.example", "key-1")
        .node("auto-2", "https://auto-2.example", "key-2")
        .granting(MockGrant::to("ops").deploy())
        .lacking_user("auto-2", "mina");
    let churn = MockPublishedProject::new("CHURN")
        .owned_by("amy")
        .granting(MockGrant::to("ops").deploy())
        .granting(MockGrant::to("analysts").read());
    let deployer = MockDeployer::on(node)
        .infra(prod)
        .infra(strict.granting(MockGrant::to("ops").deploy()))
        .infra(both)
        .infra(MockInfra::new("hidden", "Production"))
        .project(churn)
        .start()
        .await;
    for id in ["v1", "v2"] {
        deployer.publish(&bundle(id)).unwrap();
    }
    deployer
}

fn bundle(id: &str) -> BundleBuilder {
    BundleBuilder::new("CHURN", id)
        .scenario(BundleScenario::new("NIGHTLY").trigger("nightly", "temporal"))
        .scenario(BundleScenario::new("CHECKS").marked_as_test())
}

fn as_login(deployer: &MockDeployer, login: &str) -> Client {
    admin(deployer.node()).acting_as(login)
}

/// Creates `churn-prod` there, as mina.
async fn create(deployer: &MockDeployer, infra: &str) -> u16 {
    let wanted = json!({"deploymentId": "churn-prod", "publishedProjectKey": "CHURN",
        "infraId": infra, "bundleId": "v1"});
    let created = as_login(deployer, "mina").post(&format!("{ROOT}/deployments"), &wanted).await;
    created.0.as_u16()
}

/// The ids in a list, at a place of each element.
fn ids(list: &Value, place: &str) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|element| element.pointer(place).unwrap().as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn other_nodes_have_no_project_deployer_unless_a_design_node_is_its_own() {
    // wire-facts 9.2
    for (kind, mode, expected) in [
        (NodeKind::Automation, "LOCAL", 404),
        (NodeKind::Design, "REMOTE", 404),
        (NodeKind::Design, "LOCAL", 200),
        (NodeKind::Deployer, "REMOTE", 200),
    ] {
        let node = MockNode::builder("other").kind(kind).start().await;
        let (_, mut settings) = admin(&node).get("/admin/general-settings").await;
        settings["deployerClientSettings"] = json!({"mode": mode});
        assert_eq!(admin(&node).put("/admin/general-settings", &settings).await.0, 200);
        let (status, _) = admin(&node).get(&format!("{ROOT}/stages")).await;
        assert_eq!(status, expected, "{kind:?} {mode}");
    }
}

#[tokio::test]
async fn a_node_that_is_its_own_deployer_publishes_to_itself() {
    // wire-facts 9.2
    let deployer = deployer().await;
    let node = deployer.node();
    node.put_design_project(&BundleBuilder::new("SALES", "")).unwrap();
    let made = admin(node).put("/projects/SALES/bundles/exported/s1", &json!({})).await;
    assert_eq!(made.0, 200);
    let publish = "/projects/SALES/bundles/s1/publish";
    assert_eq!(admin(node).post(publish, &json!({})).await.0, 200);
    let (status, project) = admin(node).get(&format!("{ROOT}/projects/SALES")).await;
    assert_eq!((status.as_u16(), ids(&project["packages"], "/id")), (200, vec!["s1".to_owned()]));
    assert_eq!(project["packages"][0]["publishedBy"], "admin-key");
    let elsewhere = format!("{publish}?publishedProjectKey=SALES_EU");
    assert_eq!(admin(node).post(&elsewhere, &json!({})).await.0, 200);
    assert_eq!(admin(node).get(&format!("{ROOT}/projects/SALES_EU")).await.0, 200);
    let again = admin(node).post(publish, &json!({})).await;
    assert_eq!(again.0, 400, "R-D10: {again:?}");
}

#[tokio::test]
async fn stages_are_told_in_order() {
    // R-I2
    let shipped = MockDeployer::builder("deployer-1").start().await;
    let (_, stages) = admin(shipped.node()).get(&format!("{ROOT}/stages")).await;
    assert_eq!(ids(&stages, "/id"), ["Development", "Test", "Production"]);
    let own = MockDeployer::builder("deployer-2").stages(["Live", "Lab"]).start().await;
    let (_, stages) = admin(own.node()).get(&format!("{ROOT}/stages")).await;
    assert_eq!(stages, json!([{"id": "Live", "desc": ""}, {"id": "Lab", "desc": ""}]));
}
