use project_deployer_testkit::{
    BundleBuilder, MockFolder, MockGroup, MockNode, MockPermission, MockUser, NodeKind, Quirk,
};
use serde_json::json;

use crate::client::{Client, admin};

async fn node() -> MockNode {
    MockNode::builder("auto")
        .group(MockGroup::creators("ops"))
        .group(MockGroup::new("analysts"))
        .user(MockUser::new("mina").in_group("ops"))
        .user(MockUser::new("ann").in_group("analysts"))
        .folder(MockFolder::new("live", "Live").readable_by("ops"))
        .start()
        .await
}

fn bundle(id: &str) -> BundleBuilder {
    BundleBuilder::new("CHURN", id)
        .project_name("Churn")
        .permission(MockPermission::group("analysts").may("writeProjectContent"))
        .permission(MockPermission::user("ghost").may("admin"))
}

fn import(key: &str) -> String {
    format!("/projects/{key}/bundles/imported/actions/importFromStream")
}

fn mina(node: &MockNode) -> Client {
    admin(node).acting_as("mina")
}

#[tokio::test]
async fn a_project_from_a_bundle_is_imported_and_not_activated() {
    // wire-facts 3.7, row 1
    let node = node().await;
    let query = "/projectsFromBundle/?failOnMissingUsersOrGroups=False";
    let (status, created) = mina(&node).upload(query, &bundle("v1")).await;
    assert_eq!((status.as_u16(), &created["projectKey"]), (200, &json!("CHURN")));
    let project = node.project("CHURN").unwrap();
    assert_eq!((project.owner.as_str(), project.name.as_str()), ("mina", "Churn"));
    assert_eq!((project.bundles, project.active_bundle), (vec!["v1".to_owned()], None));
}

#[tokio::test]
async fn propagation_none_makes_the_deploying_user_the_owner_and_grants_nothing() {
    // R-S1
    let node = node().await;
    mina(&node).create(&bundle("v1")).await;
    assert_eq!(node.project("CHURN").unwrap().permissions, []);
}

#[tokio::test]
async fn propagation_limited_makes_readers_and_full_copies() {
    // R-S2, R-S3, R-S4
    for (policy, writes) in [("READ_ONLY", false), ("ALL", true)] {
        let node = node().await;
        let query = format!(
            "/projectsFromBundle/?permissionsPropagationPolicy={policy}&failOnMissingUsersOrGroups=false"
        );
        assert_eq!(mina(&node).upload(&query, &bundle("v1")).await.0, 200);
        let granted = node.project("CHURN").unwrap().permissions;
        assert_eq!(granted.len(), 1, "unknown users are dropped");
        assert_eq!(granted[0].group.as_deref(), Some("analysts"));
        assert_eq!(granted[0].flags.contains("writeProjectContent"), writes);
    }
}

#[tokio::test]
async fn missing_users_fail_the_creation_unless_it_is_said_otherwise() {
    // R-S5
    let node = node().await;
    let query = "/projectsFromBundle/?permissionsPropagationPolicy=ALL";
    let (status, error) = mina(&node).upload(query, &bundle("v1")).await;
    assert_eq!(status, 400);
    assert!(error["message"].as_str().unwrap().contains("ghost"));
    assert_eq!(node.project("CHURN"), None);
}

#[tokio::test]
async fn a_key_is_taken_once() {
    let node = node().await;
    mina(&node).create(&bundle("v1")).await;
    let (status, error) = mina(&node).upload("/projectsFromBundle/", &bundle("v2")).await;
    assert_eq!(status, 400);
    assert_eq!(error["code"], "ERR_PROJECT_INVALID_PROJECT_KEY");
}

#[tokio::test]
async fn creating_takes_a_group_that_may_and_a_folder_that_lets() {
    let node = node().await;
    let ann = admin(&node).acting_as("ann");
    assert_eq!(ann.upload("/projectsFromBundle/", &bundle("v1")).await.0, 403);
    let live = "/projectsFromBundle/?projectFolderId=live";
    assert_eq!(mina(&node).upload(live, &bundle("v1")).await.0, 403);
    node.put_folder(MockFolder::new("live", "Live").writable_by("ops"));
    assert_eq!(mina(&node).upload(live, &bundle("v1")).await.0, 200);
    let (_, folder) = mina(&node).get("/project-folders/live").await;
    assert_eq!(folder["projectKeys"], json!(["CHURN"]));
}

#[tokio::test]
async fn a_second_bundle_goes_into_the_project_whatever_its_own_key() {
    // wire-facts 3.7, row 5
    let node = node().await;
    let new = json!({"projectKey": "CHURN_PROD", "name": "Churn", "owner": "mina"});
    assert_eq!(mina(&node).post("/projects/", &new).await.0, 200);
    for id in ["v1", "v2"] {
        let (status, answer) = mina(&node).upload(&import("CHURN_PROD"), &bundle(id)).await;
        assert_eq!((status.as_u16(), answer), (200, json!(null)));
    }
    let (_, listed) = mina(&node).get("/projects/CHURN_PROD/bundles/imported").await;
    let reported = &listed["bundles"];
    assert_eq!((&reported[0]["bundleId"], &reported[0]["active"]), (&json!("v1"), &json!(false)));
    assert_eq!(reported[1]["bundleId"], "v2");
}

#[tokio::test]
async fn the_same_bundle_is_not_imported_twice() {
    let node = node().await;
    mina(&node).create(&bundle("v1")).await;
    let (status, error) = mina(&node).upload(&import("CHURN"), &bundle("v1")).await;
    assert_eq!(status, 400);
    assert!(error["message"].as_str().unwrap().contains("already imported"));
}

#[tokio::test]
async fn importing_takes_a_project_and_its_administrator() {
    let node = node().await;
    assert_eq!(mina(&node).upload(&import("CHURN"), &bundle("v1")).await.0, 404);
    mina(&node).create(&bundle("v1")).await;
    let ann = admin(&node).acting_as("ann");
    assert_eq!(ann.upload(&import("CHURN"), &bundle("v2")).await.0, 403);
    let wanted = json!({"owner": "mina", "permissions": [{"group": "analysts", "admin": true}]});
    assert_eq!(mina(&node).put("/projects/CHURN/permissions", &wanted).await.0, 200);
    assert_eq!(ann.upload(&import("CHURN"), &bundle("v2")).await.0, 200);
}

#[tokio::test]
async fn what_is_no_bundle_is_refused_with_its_code() {
    let node = node().await;
    let (status, error) =
        mina(&node).upload_bytes("/projectsFromBundle/", b"no zip".to_vec()).await;
    assert_eq!(status, 400);
    assert_eq!(error["code"], "ERR_PROJECT_INVALID_ARCHIVE");
    let (status, error) = mina(&node).post("/projectsFromBundle/", &json!({})).await;
    assert_eq!(status, 400);
    assert_eq!(error["code"], "ERR_PROJECT_INVALID_ARCHIVE");
}

#[tokio::test]
async fn only_automation_nodes_take_bundles() {
    let node = MockNode::builder("design").kind(NodeKind::Design).start().await;
    let (status, error) = admin(&node).upload("/projectsFromBundle/", &bundle("v1")).await;
    assert_eq!(status, 400);
    assert!(error["message"].as_str().unwrap().contains("Automation"));
}

#[tokio::test]
async fn an_unknown_project_is_absent_forbidden_or_an_error_as_the_release_has_it() {
    // docs/product.md#quirks
    let plain = node().await;
    assert_eq!(mina(&plain).get("/projects/NONE").await.0, 404);
    let hiding = MockNode::builder("a").quirk(Quirk::UnknownProjectsAreForbidden).start().await;
    assert_eq!(admin(&hiding).get("/projects/NONE").await.0, 403);
    let failing = MockNode::builder("a").quirk(Quirk::MissingIsAnInternalError).start().await;
    let (status, error) = admin(&failing).get("/projects/NONE").await;
    assert_eq!(status, 500);
    assert!(error["message"].as_str().unwrap().contains("not found"));
}

#[tokio::test]
async fn a_bundle_with_an_odd_id_keeps_its_place_in_the_path() {
    // wire-facts 1.3
    let node = node().await;
    mina(&node).create(&BundleBuilder::new("CHURN", "v1 / final")).await;
    mina(&node).go_live("CHURN", "v1%20%2F%20final").await;
    assert_eq!(node.project("CHURN").unwrap().active_bundle.as_deref(), Some("v1 / final"));
}

#[tokio::test]
async fn a_large_bundle_passes() {
    let node = node().await;
    let data = vec![7_u8; 5 * 1024 * 1024];
    mina(&node).create(&bundle("v1").file("data/blob.bin", data)).await;
}
