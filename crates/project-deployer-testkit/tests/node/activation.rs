use project_deployer_testkit::{
    BundleBuilder, MockCodeEnv, MockConnection, MockGroup, MockNode, MockNodeBuilder, MockUser,
};
use serde_json::{Value, json};

use crate::client::{Client, admin, codes};

fn builder() -> MockNodeBuilder {
    MockNode::builder("auto")
        .group(MockGroup::creators("ops"))
        .user(MockUser::new("mina").in_group("ops"))
        .connection("sql-prod", "PostgreSQL")
}

fn mina(node: &MockNode) -> Client {
    admin(node).acting_as("mina")
}

fn bundle(id: &str) -> BundleBuilder {
    BundleBuilder::new("CHURN", id).connection("sql-prod", "PostgreSQL").variable("threshold", 0.5)
}

async fn import(client: &Client, bundle: &BundleBuilder) {
    let path = "/projects/CHURN/bundles/imported/actions/importFromStream";
    assert_eq!(client.upload(path, bundle).await.0, 200);
}

/// Writes container settings as a client does: read, change, write back.
async fn configure(client: &Client, container_settings: Value) {
    let (_, mut settings) = client.get("/projects/CHURN/settings").await;
    settings["bundleContainerSettings"] = container_settings;
    assert_eq!(client.put("/projects/CHURN/settings", &settings).await.0, 200);
}

#[tokio::test]
async fn an_activated_bundle_is_told_in_the_summary_and_in_the_list() {
    let node = builder().start().await;
    mina(&node).create(&bundle("v1")).await;
    mina(&node).go_live("CHURN", "v1").await;
    let (_, summary) = mina(&node).get("/projects/CHURN").await;
    assert_eq!(summary["activeBundleId"], "v1");
    let (_, listed) = mina(&node).get("/projects/CHURN/bundles/imported").await;
    assert_eq!(listed["bundles"][0]["active"], true);
    let project = node.project("CHURN").unwrap();
    assert_eq!(project.connections, ["sql-prod".to_owned()].into());
    assert_eq!(project.standard_variables.0["threshold"], 0.5);
}

#[tokio::test]
async fn an_activation_answers_the_documented_state() {
    // wire-facts 1.9
    let node = builder().start().await;
    mina(&node).create(&bundle("v1")).await;
    mina(&node).preload("CHURN", "v1").await;
    let (_, state) = mina(&node).activate("CHURN", "v1", json!({"_": "_"})).await;
    let expected = json!({
        "hasResult": true, "aborted": false, "alive": false, "unknown": false,
        "startTime": 0, "runningTime": 0,
        "result": {
            "neededAMigration": false, "anyMessage": false, "success": false, "warning": false,
            "error": false, "fatal": false, "messages": []
        }
    });
    assert_eq!(state, expected);
}

#[tokio::test]
async fn a_missing_connection_is_fatal_and_leaves_the_node_as_it_was() {
    // R-A4
    let node = builder().start().await;
    mina(&node).create(&bundle("v1")).await;
    mina(&node).go_live("CHURN", "v1").await;
    import(&mina(&node), &bundle("v2").connection("lake", "S3").variable("threshold", 0.9)).await;
    mina(&node).preload("CHURN", "v2").await;
    let before = node.project("CHURN").unwrap();
    let (status, state) = mina(&node).activate("CHURN", "v2", json!({})).await;
    assert_eq!((status.as_u16(), &state["result"]["fatal"]), (200, &json!(true)));
    assert_eq!(codes(&state["result"]), ["ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION"]);
    assert_eq!(state["result"]["maxSeverity"], "ERROR");
    assert_eq!(node.project("CHURN").unwrap(), before);
}

#[tokio::test]
async fn a_remapping_leads_to_another_connection_of_the_same_type() {
    // R-C1, R-C2, R-C3
    let node = builder().connection("files", "Filesystem").start().await;
    mina(&node)
        .create(&BundleBuilder::new("CHURN", "v1").connection("sql-dev", "PostgreSQL"))
        .await;
    mina(&node).preload("CHURN", "v1").await;
    for (target, code) in [
        ("nowhere", "ERR_BUNDLE_ACTIVATE_MISSING_CONNECTION"),
        ("files", "ERR_BUNDLE_ACTIVATE_BAD_CONNECTION_TYPE"),
    ] {
        let rules = json!([{"source": "sql-dev", "target": target}]);
        configure(&mina(&node), json!({"remapping": {"connections": rules}})).await;
        let (_, state) = mina(&node).activate("CHURN", "v1", json!({})).await;
        assert_eq!(codes(&state["result"]), [code]);
    }
    let rules = json!([{"source": "sql-dev", "target": "sql-prod"}]);
    configure(&mina(&node), json!({"remapping": {"connections": rules}})).await;
    mina(&node).go_live("CHURN", "v1").await;
    assert_eq!(node.project("CHURN").unwrap().connections, ["sql-prod".to_owned()].into());
}

#[tokio::test]
async fn the_acting_user_must_be_allowed_to_use_the_connection() {
    // R-C2
    let restricted = MockConnection::new("sql-prod", "PostgreSQL").only_for(["dba"]);
    let node = builder().restricted_connection(restricted).start().await;
    mina(&node).create(&bundle("v1")).await;
    mina(&node).preload("CHURN", "v1").await;
    let (_, state) = mina(&node).activate("CHURN", "v1", json!({})).await;
    assert_eq!(codes(&state["result"]), ["ERR_BUNDLE_ACTIVATE_BAD_CONNECTION_PERMISSIONS"]);
    node.put_user(MockUser::new("mina").in_group("ops").in_group("dba"));
    mina(&node).go_live("CHURN", "v1").await;
}

#[tokio::test]
async fn a_bundle_with_code_environments_must_be_preloaded() {
    // R-A1
    let node = builder().code_env(MockCodeEnv::python("py39")).start().await;
    mina(&node).create(&bundle("v1").python_env("py39")).await;
    let (_, state) = mina(&node).activate("CHURN", "v1", json!({})).await;
    assert_eq!(codes(&state["result"]), ["ERR_CODEENV_MISSING_ENV_VERSION"]);
    mina(&node).go_live("CHURN", "v1").await;
}

#[tokio::test]
async fn preloading_installs_fails_or_leaves_alone_as_the_settings_say() {
    // R-A3
    let node = builder().start().await;
    mina(&node).create(&bundle("v1").python_env("py39")).await;
    let behave = |mode: &str| json!({"codeEnvsBehavior": {"importTimeMode": mode}});
    configure(&mina(&node), behave("FAIL_IF_MISS")).await;
    assert_eq!(codes(&mina(&node).preload("CHURN", "v1").await.1), ["ERR_CODEENV_MISSING_ENV"]);
    configure(&mina(&node), behave("DO_NOTHING")).await;
    assert_eq!(mina(&node).preload("CHURN", "v1").await.1["fatal"], false);
    let (_, state) = mina(&node).activate("CHURN", "v1", json!({})).await;
    assert_eq!(codes(&state["result"]), ["ERR_CODEENV_MISSING_ENV"]);
    configure(&mina(&node), behave("INSTALL_IF_MISS")).await;
    mina(&node).go_live("CHURN", "v1").await;
    let (_, envs) = admin(&node).get("/admin/code-envs/").await;
    assert_eq!((&envs[0]["envName"], &envs[0]["envLang"]), (&json!("py39"), &json!("PYTHON")));
}

#[tokio::test]
async fn an_environment_that_is_not_built_is_listed_and_serves_nobody() {
    // docs/product.md#quirks
    let node = builder().code_env(MockCodeEnv::python("py39").not_built()).start().await;
    mina(&node).create(&bundle("v1").python_env("py39")).await;
    let (_, envs) = admin(&node).get("/admin/code-envs/").await;
    assert_eq!((&envs[0]["envName"], &envs[0]["isUptodate"]), (&json!("py39"), &json!(false)));
    let fail = json!({"codeEnvsBehavior": {"importTimeMode": "FAIL_IF_MISS"}});
    configure(&mina(&node), fail).await;
    assert_eq!(codes(&mina(&node).preload("CHURN", "v1").await.1), ["ERR_CODEENV_MISSING_ENV"]);
}

#[tokio::test]
async fn a_missing_plugin_is_only_a_warning() {
    // R-A5
    let node = builder().start().await;
    mina(&node).create(&bundle("v1").plugin("geo", "1.0.0")).await;
    mina(&node).preload("CHURN", "v1").await;
    let (_, state) = mina(&node).activate("CHURN", "v1", json!({})).await;
    let report = &state["result"];
    assert_eq!((&report["warning"], &report["fatal"]), (&json!(true), &json!(false)));
    assert_eq!(node.project("CHURN").unwrap().active_bundle.as_deref(), Some("v1"));
}

#[tokio::test]
async fn standard_variables_come_with_the_bundle_and_local_ones_stay() {
    // R-A9
    let node = builder().start().await;
    mina(&node).create(&bundle("v1")).await;
    let variables = json!({"standard": {"mine": 1}, "local": {"host": "db"}});
    assert_eq!(mina(&node).put("/projects/CHURN/variables/", &variables).await.0, 200);
    mina(&node).go_live("CHURN", "v1").await;
    let (_, variables) = mina(&node).get("/projects/CHURN/variables/").await;
    assert_eq!(variables, json!({"standard": {"threshold": 0.5}, "local": {"host": "db"}}));
}

#[tokio::test]
async fn an_older_bundle_can_be_activated_again() {
    let node = builder().start().await;
    mina(&node).create(&bundle("v1")).await;
    import(&mina(&node), &bundle("v2")).await;
    for id in ["v1", "v2", "v1"] {
        mina(&node).go_live("CHURN", id).await;
        assert_eq!(node.project("CHURN").unwrap().active_bundle.as_deref(), Some(id));
    }
}

#[tokio::test]
async fn the_active_bundle_cannot_be_deleted() {
    let node = builder().start().await;
    mina(&node).create(&bundle("v1")).await;
    import(&mina(&node), &bundle("v2")).await;
    mina(&node).go_live("CHURN", "v1").await;
    assert_eq!(mina(&node).delete("/projects/CHURN/bundles/imported/v1").await.0, 400);
    assert_eq!(mina(&node).delete("/projects/CHURN/bundles/imported/v2").await.0, 200);
    assert_eq!(node.project("CHURN").unwrap().bundles, ["v1"]);
}

#[tokio::test]
async fn activating_what_was_not_imported_is_not_found() {
    let node = builder().start().await;
    mina(&node).create(&bundle("v1")).await;
    let (status, error) = mina(&node).activate("CHURN", "v9", json!({})).await;
    assert_eq!(status, 404);
    assert!(error["message"].as_str().unwrap().contains("v9"));
}
