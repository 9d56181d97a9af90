//! Every quirk (docs/product.md#quirks), on and off.

use project_deployer_testkit::{
    BundleBuilder, BundleScenario, CodeEnvLanguage, MockCodeEnv, MockConnection, MockDirectory,
    MockLdapSettings, MockNode, MockNodeBuilder, MockPerson, Quirk,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{admin, codes};

const EXTERNAL: &str = "/admin/external-users?userSourceType=LDAP";
const DOCUMENTED: &str = "/admin/users/actions/external-users?userSourceType=LDAP";

fn builder() -> MockNodeBuilder {
    let directory = MockDirectory::new().with(MockPerson::new("ann"));
    MockNode::builder("auto").ldap(MockLdapSettings::on(), &directory)
}

async fn with(quirk: Quirk) -> MockNode {
    builder().quirk(quirk).start().await
}

async fn without(quirk: Quirk) -> MockNode {
    builder().without_quirk(quirk).start().await
}

#[tokio::test]
async fn unknown_settings_are_dropped_or_kept() {
    for (node, expected) in [
        (with(Quirk::UnknownSettingsAreDropped).await, None),
        (without(Quirk::UnknownSettingsAreDropped).await, Some(&json!(true))),
    ] {
        let (_, mut settings) = admin(&node).get("/admin/general-settings").await;
        settings["lunar"] = json!(true);
        assert_eq!(admin(&node).put("/admin/general-settings", &settings).await.0, 200);
        let (_, reported) = admin(&node).get("/admin/general-settings").await;
        assert_eq!(reported.get("lunar"), expected);
    }
}

#[tokio::test]
async fn tags_are_sorted_or_come_back_as_sent() {
    for (node, expected) in [
        (with(Quirk::TagsAreSorted).await, json!(["a", "b"])),
        (without(Quirk::TagsAreSorted).await, json!(["b", "a"])),
    ] {
        admin(&node).create(&BundleBuilder::new("P", "v1")).await;
        let metadata = json!({"label": "P", "tags": ["b", "a", "b"]});
        assert_eq!(admin(&node).put("/projects/P/metadata", &metadata).await.0, 200);
        assert_eq!(admin(&node).get("/projects/P/metadata").await.1["tags"], expected);
    }
}

#[tokio::test]
async fn a_gateway_hides_internal_errors_behind_a_page() {
    let plain = builder().start().await;
    assert_eq!(admin(&plain).get("/admin/code-envs/PYTHON/none").await.0, 500);
    let hidden = with(Quirk::InternalErrorsAreGatewayPages).await;
    let request = admin(&hidden).request(Method::GET, "/admin/code-envs/PYTHON/none");
    let page = request.send().await.unwrap();
    assert_eq!(page.status(), 502);
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(!page.text().await.unwrap().contains("none"));
}

#[tokio::test]
async fn a_fetched_result_is_forgotten_and_a_peeked_one_is_not() {
    // wire-facts 8.3, item 11
    for (node, second) in
        [(builder().start().await, 200), (with(Quirk::FetchedResultsAreForgotten).await, 400)]
    {
        let (_, state) = admin(&node).get(EXTERNAL).await;
        let look = format!("/futures/{}?peek=", state["jobId"].as_str().unwrap());
        for _ in 0..2 {
            assert_eq!(admin(&node).get(&format!("{look}True")).await.1["hasResult"], true);
        }
        let (_, fetched) = admin(&node).get(&format!("{look}False")).await;
        assert!(fetched.get("result").is_some());
        assert_eq!(admin(&node).get(&format!("{look}False")).await.0, second);
    }
}

#[tokio::test]
async fn a_refused_change_may_look_like_a_success() {
    let node = with(Quirk::RefusedChangesAnswerSuccess).await;
    let (status, reported) =
        admin(&node).post("/projects/", &json!({"projectKey": "not a key"})).await;
    assert_eq!((status.as_u16(), &reported["success"]), (200, &json!(false)));
    assert!(node.project_keys().is_empty());
    assert_eq!(admin(&node).get("/projects/NONE").await.0, 404);
    let (status, reported) = admin(&node).post("/projects/", &json!({"projectKey": "P"})).await;
    assert_eq!((status.as_u16(), reported.get("success")), (200, None));
}

#[tokio::test]
async fn secrets_of_connections_are_redacted_or_told() {
    let connection = MockConnection::new("sql", "PostgreSQL").with_param("password", "s3cret");
    for (builder, expected) in [
        (builder(), "REDACTED"),
        (builder().without_quirk(Quirk::ConnectionSecretsAreRedacted), "s3cret"),
    ] {
        let node = builder.restricted_connection(connection.clone()).start().await;
        let (_, reported) = admin(&node).get("/admin/connections/sql").await;
        assert_eq!(reported["params"]["password"], expected);
        let (_, all) = admin(&node).get("/admin/connections/").await;
        assert_eq!(all["sql"]["params"]["password"], expected);
    }
}

#[tokio::test]
async fn a_scenario_of_a_bundle_overwrites_a_local_one_of_its_id_or_leaves_it() {
    // R-A7
    for (node, name) in [
        (with(Quirk::BundlesOverwriteLocalScenarios).await, "Of the bundle"),
        (without(Quirk::BundlesOverwriteLocalScenarios).await, "Local"),
    ] {
        let scenario = BundleScenario::new("NIGHTLY").named("Of the bundle");
        admin(&node).create(&BundleBuilder::new("P", "v1").scenario(scenario)).await;
        let local = json!({"id": "NIGHTLY", "name": "Local", "type": "step_based"});
        assert_eq!(admin(&node).post("/projects/P/scenarios/", &local).await.0, 200);
        admin(&node).go_live("P", "v1").await;
        assert_eq!(admin(&node).get("/projects/P/scenarios/NIGHTLY").await.1["name"], name);
    }
}

#[tokio::test]
async fn a_code_environment_may_be_registered_and_not_built() {
    let node = with(Quirk::CodeEnvsAreNotBuilt).await;
    admin(&node).create(&BundleBuilder::new("P", "v1").python_env("py")).await;
    assert_eq!(admin(&node).preload("P", "v1").await.1["fatal"], false);
    let (_, envs) = admin(&node).get("/admin/code-envs/").await;
    assert_eq!((&envs[0]["envName"], &envs[0]["isUptodate"]), (&json!("py"), &json!(false)));
    let (_, state) = admin(&node).activate("P", "v1", json!({})).await;
    assert_eq!(codes(&state["result"]), ["ERR_CODEENV_MISSING_ENV_VERSION"]);
    node.put_code_env(MockCodeEnv::python("py"));
    assert_eq!(admin(&node).activate("P", "v1", json!({})).await.1["result"]["fatal"], false);
    let made = admin(&node).post("/admin/code-envs/R/stats", &json!({})).await;
    assert_eq!(made.0, 200);
    let (_, env) = admin(&node).get("/admin/code-envs/R/stats").await;
    assert_eq!(
        (&env["envLang"], &env["isUptodate"]),
        (&json!(CodeEnvLanguage::R.to_string()), &json!(false))
    );
}

#[tokio::test]
async fn documents_have_no_etag_or_saving_checks_it() {
    let node = builder().start().await;
    let plain = admin(&node).request(Method::GET, "/admin/general-settings").send().await.unwrap();
    assert!(!plain.headers().contains_key("etag"));
    let node = without(Quirk::NoETag).await;
    admin(&node).create(&BundleBuilder::new("P", "v1")).await;
    let path = "/projects/P/variables";
    let read = admin(&node).request(Method::GET, path).send().await.unwrap();
    let etag = read.headers()["etag"].clone();
    let save = |etag: &reqwest::header::HeaderValue, region: &str| {
        let body = json!({"standard": {"region": region}, "local": {}}).to_string();
        admin(&node).request(Method::PUT, path).header("if-match", etag).body(body).send()
    };
    assert_eq!(save(&etag, "eu").await.unwrap().status(), 200);
    assert_eq!(save(&etag, "us").await.unwrap().status(), 412);
    assert_eq!(node.project("P").unwrap().standard_variables.0["region"], "eu");
}

#[tokio::test]
async fn a_put_replaces_the_whole_or_only_what_it_names() {
    for (node, expected) in [
        (with(Quirk::PutReplacesTheWhole).await, json!({})),
        (without(Quirk::PutReplacesTheWhole).await, json!({"region": "eu"})),
    ] {
        admin(&node).create(&BundleBuilder::new("P", "v1").variable("region", "eu")).await;
        admin(&node).go_live("P", "v1").await;
        let named = json!({"local": {"schema": "x"}});
        assert_eq!(admin(&node).put("/projects/P/variables/", &named).await.0, 200);
        let (_, reported) = admin(&node).get("/projects/P/variables/").await;
        assert_eq!((&reported["standard"], &reported["local"]["schema"]), (&expected, &json!("x")));
    }
}

#[tokio::test]
async fn routes_are_those_of_the_client_those_that_are_documented_or_both() {
    // wire-facts 7.9
    for (node, client, documented) in [
        (builder().start().await, 200, 200),
        (with(Quirk::NoDocumentedRoutes).await, 200, 404),
        (with(Quirk::NoClientRoutes).await, 404, 200),
    ] {
        assert_eq!(admin(&node).get(EXTERNAL).await.0, client);
        assert_eq!(admin(&node).get(DOCUMENTED).await.0, documented);
        let exported = "/projects/P/bundles/exported";
        let by_path = admin(&node).put(&format!("{exported}/v1"), &json!({})).await.1;
        let by_body = admin(&node).put(exported, &json!({"bundleId": "v1"})).await.1;
        let is_known = |answer: &Value| !answer["message"].as_str().unwrap().contains("API route");
        assert_eq!((is_known(&by_path), is_known(&by_body)), (client == 200, documented == 200));
    }
}
