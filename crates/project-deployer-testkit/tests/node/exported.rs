use project_deployer_testkit::{
    BundleBuilder, BundleScenario, MockGroup, MockNode, MockPermission, MockUser, NodeKind, Quirk,
};
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, admin};

const V1: &str = "/projects/CHURN/bundles/exported/v1";

/// A Design node with a project that uses something.
async fn design() -> MockNode {
    let node = MockNode::builder("design-1")
        .kind(NodeKind::Design)
        .group(MockGroup::new("makers"))
        .group(MockGroup::new("readers"))
        .user(MockUser::new("mina").in_group("makers"))
        .user(MockUser::new("ann").in_group("readers"))
        .start()
        .await;
    let project = BundleBuilder::new("CHURN", "")
        .project_name("Churn")
        .owner("owner")
        .connection("sql", "PostgreSQL")
        .scenario(BundleScenario::new("NIGHTLY"))
        .permission(MockPermission::group("makers").may("writeProjectContent"))
        .permission(MockPermission::group("readers").may("readProjectContent"));
    node.put_design_project(&project).unwrap();
    node
}

fn mina(node: &MockNode) -> Client {
    admin(node).acting_as("mina")
}

async fn archive(node: &MockNode) -> Vec<u8> {
    let answer = mina(node).request(Method::GET, &format!("{V1}/archive")).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/zip");
    answer.bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn a_bundle_is_made_listed_described_and_deleted() {
    // wire-facts 4, rows 1 to 3 and 5
    let node = design().await;
    let (status, _) = mina(&node).put(&format!("{V1}?releaseNotes=first"), &json!({})).await;
    assert_eq!(status, 200);
    let (_, listed) = mina(&node).get("/projects/CHURN/bundles/exported").await;
    assert_eq!(listed["bundles"][0]["bundleId"], "v1");
    assert_eq!(listed["bundles"][0]["exportManifest"]["exportUserInfo"]["releaseNotes"], "first");
    let (_, details) = mina(&node).get(V1).await;
    assert_eq!(details["exportManifest"]["exportUserInfo"]["exportedBy"], "mina");
    assert_eq!(details["contentSummary"]["scenarios"], 1);
    assert_eq!(mina(&node).delete(V1).await.0, 200);
    assert_eq!(mina(&node).get(V1).await.0, 404);
}

#[tokio::test]
async fn two_bundles_of_a_project_cannot_have_one_name() {
    // R-D10
    let node = design().await;
    assert_eq!(mina(&node).put(V1, &json!({})).await.0, 200);
    let (status, error) = mina(&node).put(V1, &json!({})).await;
    assert_eq!(status, 400);
    assert!(error["message"].as_str().unwrap().contains("already exists"));
}

#[tokio::test]
async fn an_archive_goes_live_on_another_node_with_what_changed_since() {
    // wire-facts 4, row 4
    let node = design().await;
    let variables = json!({"standard": {"region": "eu"}, "local": {"secret": "x"}});
    assert_eq!(mina(&node).put("/projects/CHURN/variables/", &variables).await.0, 200);
    assert_eq!(mina(&node).put(V1, &json!({})).await.0, 200);
    let archive = archive(&node).await;
    assert!(archive.starts_with(b"PK"));
    let target = MockNode::builder("auto").connection("sql", "PostgreSQL").start().await;
    let answer = admin(&target).upload_bytes("/projectsFromBundle/", archive).await;
    assert_eq!(answer.0, 200, "{}", answer.1);
    admin(&target).go_live("CHURN", "v1").await;
    let project = target.project("CHURN").unwrap();
    assert_eq!((project.name.as_str(), project.scenarios.len()), ("Churn", 1));
    assert_eq!(project.standard_variables.0["region"], "eu");
    assert!(project.local_variables.0.is_empty());
    assert!(project.connections.contains("sql"));
}

#[tokio::test]
async fn writing_content_is_needed_to_make_and_publish_and_reading_to_look() {
    // R-D11
    let node = design().await;
    let ann = admin(&node).acting_as("ann");
    assert_eq!(ann.put(V1, &json!({})).await.0, 403);
    assert_eq!(mina(&node).put(V1, &json!({})).await.0, 200);
    assert_eq!(ann.get(V1).await.0, 200);
    assert_eq!(ann.post("/projects/CHURN/bundles/v1/publish", &json!({})).await.0, 403);
    assert_eq!(ann.delete(V1).await.0, 403);
}

#[tokio::test]
async fn publishing_tells_who_when_and_where() {
    // wire-facts 4, row 6
    let node = design().await;
    assert_eq!(mina(&node).put(V1, &json!({})).await.0, 200);
    let publish = "/projects/CHURN/bundles/v1/publish";
    let (_, reported) = mina(&node).post(publish, &json!({})).await;
    assert_eq!(
        (&reported["publishedBy"], &reported["publishedProjectKey"]),
        (&json!("mina"), &json!("CHURN"))
    );
    assert!(reported["publishedOn"].is_i64());
    let elsewhere = format!("{publish}?publishedProjectKey=CHURN_EU");
    assert_eq!(mina(&node).post(&elsewhere, &json!({})).await.0, 200);
    let published = node.published();
    let keys: Vec<_> = published.iter().map(|one| one.project_key.as_str()).collect();
    assert_eq!(keys, ["CHURN", "CHURN_EU"]);
    assert_eq!(published[0].archive, archive(&node).await);
    let missing = mina(&node).post("/projects/CHURN/bundles/v9/publish", &json!({})).await;
    assert_eq!(missing.0, 404);
}

#[tokio::test]
async fn the_list_of_bundles_has_the_fields_that_scripts_read() {
    // wire-facts 9.2
    let node = design().await;
    assert_eq!(mina(&node).put(V1, &json!({})).await.0, 200);
    let listed =
        async || mina(&node).get("/projects/CHURN/bundles/exported").await.1["bundles"][0].clone();
    let made = listed().await;
    assert_eq!(made.get("publishedBundleState"), None);
    assert!(made["state"].is_string() && made["typeBadges"].is_array(), "{made}");
    let manifest = &made["exportManifest"];
    assert_eq!(manifest["projectStandardsSkipped"], false);
    assert_eq!(manifest["generatedWithDSSVersion"], "15.2.0");
    assert_eq!(manifest["designNodeId"], "design-1");
    assert_eq!(manifest["exportUserInfo"]["exportedBy"], "mina");
    assert!(manifest["exportUserInfo"]["exportedOn"].is_string(), "{manifest}");
    assert_eq!(mina(&node).post("/projects/CHURN/bundles/v1/publish", &json!({})).await.0, 200);
    let state = listed().await["publishedBundleState"].clone();
    assert!(state["publishedBy"] == "mina" && state["publishedOn"].is_i64(), "{state}");
}

#[tokio::test]
async fn the_documented_route_has_the_id_in_its_body() {
    // wire-facts 7.9
    let node = design().await;
    let documented = "/projects/CHURN/bundles/exported/";
    assert_eq!(mina(&node).put(documented, &json!({"bundleId": "v1"})).await.0, 200);
    assert_eq!(mina(&node).get(V1).await.0, 200);
    let request = mina(&node).request(Method::DELETE, documented);
    let answer = request.body(json!({"bundleId": "v1"}).to_string()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(mina(&node).get(V1).await.0, 404);
}

#[tokio::test]
async fn a_node_may_want_its_standards_checks() {
    // wire-facts 4, row 3
    let node = MockNode::builder("design").kind(NodeKind::Design);
    let node = node.quirk(Quirk::StandardsChecksAreRequired).start().await;
    node.put_design_project(&BundleBuilder::new("CHURN", "")).unwrap();
    let without = format!("{V1}?evaluateProjectStandardsChecks=False");
    assert_eq!(admin(&node).put(&without, &json!({})).await.0, 400);
    assert_eq!(admin(&node).put(V1, &json!({})).await.0, 200);
}

#[tokio::test]
async fn automation_nodes_make_no_bundles() {
    let node = MockNode::builder("auto").start().await;
    admin(&node).create(&BundleBuilder::new("CHURN", "v1")).await;
    assert_eq!(admin(&node).put(V1, &json!({})).await.0, 400);
}

#[tokio::test]
async fn an_archive_on_the_disk_of_the_node_is_named_by_its_path() {
    // wire-facts 3.7, rows 2 and 4
    let node = MockNode::builder("auto").start().await;
    for id in ["v1", "v2"] {
        let archive = BundleBuilder::new("CHURN", id).build().unwrap();
        node.put_archive(format!("/bundles/{id}.zip"), archive);
    }
    let create = "/projectsFromBundle/fromArchive?archivePath=/bundles/v1.zip";
    let (status, created) = admin(&node).post(create, &json!({})).await;
    assert_eq!((status.as_u16(), &created["projectKey"]), (200, &json!("CHURN")));
    let import = "/projects/CHURN/bundles/imported/actions/importFromArchive?archivePath=";
    let (status, reported) =
        admin(&node).post(&format!("{import}/bundles/v2.zip"), &json!({})).await;
    assert_eq!(
        (status.as_u16(), reported),
        (200, json!({"projectKey": "CHURN", "bundleId": "v2"}))
    );
    assert_eq!(node.project("CHURN").unwrap().bundles, ["v1", "v2"]);
    let (status, error) = admin(&node).post(&format!("{import}/none.zip"), &json!({})).await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!("ERR_PROJECT_INVALID_ARCHIVE")));
}
