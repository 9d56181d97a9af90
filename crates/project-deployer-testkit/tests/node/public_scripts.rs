//! Calls and fields of public scripts (wire-facts 9.2, 9.3).

use std::io::{Cursor, Read as _};

use project_deployer_testkit::{BundleBuilder, MockNode, MockPermission, MockPlugin, NodeKind};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, admin};

async fn design() -> MockNode {
    let node = MockNode::builder("design").kind(NodeKind::Design).start().await;
    let project = BundleBuilder::new("CHURN", "").connection("sql", "PostgreSQL");
    node.put_design_project(&project).unwrap();
    node
}

async fn automation(bundle: &BundleBuilder) -> MockNode {
    let node = MockNode::builder("auto").connection("sql", "PostgreSQL").start().await;
    admin(&node).create(bundle).await;
    node
}

#[tokio::test]
async fn a_ping_needs_no_key() {
    let node = design().await;
    for (path, expected) in [("/dip/api/ping", 200), ("/dip/api/other", 404)] {
        let answer = reqwest::get(format!("{}{path}", node.url())).await.unwrap();
        assert_eq!(answer.status(), expected, "{path}");
    }
}

#[tokio::test]
async fn the_active_bundle_and_the_imports_are_where_scripts_look() {
    let node = automation(&BundleBuilder::new("CHURN", "v1")).await;
    let before = admin(&node).get("/projects").await.1[0].clone();
    assert_eq!(before.get("activeBundleState"), None);
    let activate = "/projects/CHURN/bundles/imported/v1/actions/activate";
    assert_eq!(admin(&node).post(activate, &json!({})).await.0, 200);
    for path in ["/projects", "/projects/CHURN"] {
        let (_, answer) = admin(&node).get(path).await;
        let project = answer.get(0).unwrap_or(&answer);
        assert_eq!(project["activeBundleState"]["bundleId"], "v1", "{path}");
    }
    let (_, imported) = admin(&node).get("/projects/CHURN/bundles/imported").await;
    let time = imported["bundles"][0]["importState"]["importedOn"].as_str().unwrap();
    assert!(time.ends_with("+0000") && time.contains('T'), "{time}");
}

#[tokio::test]
async fn a_plugin_has_a_label() {
    let node = MockNode::builder("auto").plugin("geo", "1.2.0").start().await;
    node.put_plugin(MockPlugin::new("nlp", "2.0.0"));
    let (_, plugins) = admin(&node).get("/plugins").await;
    let labels: Vec<_> =
        plugins.as_array().unwrap().iter().map(|it| &it["meta"]["label"]).collect();
    assert_eq!(labels, ["geo", "nlp"]);
}

#[tokio::test]
async fn the_datasets_of_a_project_are_those_of_its_bundle() {
    let bundle = BundleBuilder::new("CHURN", "v1").connection("sql", "PostgreSQL");
    let node = automation(&bundle).await;
    let datasets = "/projects/CHURN/datasets/?foreign=False&tags=";
    assert_eq!(admin(&node).get(datasets).await.1, json!([]));
    let activate = "/projects/CHURN/bundles/imported/v1/actions/activate";
    assert_eq!(admin(&node).post(activate, &json!({})).await.0, 200);
    for listed in [admin(&node).get(datasets).await.1, admin(&design().await).get(datasets).await.1]
    {
        assert_eq!(
            (&listed[0]["projectKey"], &listed[0]["type"]),
            (&json!("CHURN"), &json!("PostgreSQL"))
        );
        assert_eq!(listed[0]["params"]["connection"], "sql");
    }
}

#[tokio::test]
async fn the_export_of_a_project_is_no_bundle() {
    let node = design().await;
    let request = admin(&node).request(Method::POST, "/projects/CHURN/export");
    let answer = request.body("{}").send().await.unwrap();
    let archive = answer.bytes().await.unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut text = String::new();
    zip.by_name("export-manifest.json").unwrap().read_to_string(&mut text).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest["originalProjectKey"], "CHURN");
    assert_eq!(manifest.get("bundleId"), None);
}

#[tokio::test]
async fn the_repository_of_a_project_is_clean_and_has_a_commit_per_bundle() {
    let node = design().await;
    let (_, status) = admin(&node).get("/projects/CHURN/git/status").await;
    assert_eq!((&status["clean"], &status["currentBranch"]), (&json!(true), &json!("master")));
    for id in ["v1", "v2"] {
        admin(&node).put(&format!("/projects/CHURN/bundles/exported/{id}"), &json!({})).await;
    }
    let (_, log) = admin(&node).get("/projects/CHURN/git/actions/log").await;
    let messages: Vec<_> =
        log["entries"].as_array().unwrap().iter().map(|it| &it["message"]).collect();
    assert_eq!(messages, ["Exported bundle v2", "Exported bundle v1"]);
    assert_eq!(log["entries"][0]["author"], "admin-key");
    let (_, first) = admin(&node).get("/projects/CHURN/git/actions/log?count=1").await;
    assert_eq!(first["nextCommit"], log["entries"][1]["commitId"]);
    let (status, pushed) = admin(&node).post("/projects/CHURN/git/actions/push", &json!({})).await;
    assert_eq!((status.as_u16(), &pushed["success"]), (200, &json!(true)));
}

/// A project of a bundle that grants rights to a group that the node lacks.
async fn created(query: &str) -> u16 {
    let node = MockNode::builder("auto").start().await;
    let unknown = MockPermission::group("nobody").may("readProjectContent");
    let bundle = BundleBuilder::new("CHURN", "v1").permission(unknown);
    let client: Client = admin(&node);
    client.upload(&format!("/projectsFromBundle/{query}"), &bundle).await.0.as_u16()
}

#[tokio::test]
async fn what_an_older_client_does_not_send_has_a_default() {
    // wire-facts 9.3; R-S1, R-S5
    assert_eq!(created("").await, 200, "14.3.3, uploaded");
    assert_eq!(created("?projectFolderId=ROOT").await, 200, "14.3.3, uploaded to a folder");
    let limited = "?permissionsPropagationPolicy=READ_ONLY";
    assert_eq!(created(limited).await, 400, "14.7.3 and 15.0.0");
    let lenient = format!("{limited}&failOnMissingUsersOrGroups=False");
    assert_eq!(created(&lenient).await, 200, "15.0.1");
}
