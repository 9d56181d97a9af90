//! An existing installation as it is: a Deployer by URL and key.

use project_deployer_testkit::{
    ClosedPort, MockDeployer, MockGrant, MockGroup, MockInfra, MockNode, MockUser,
};
use serde_json::{Value, json};

use crate::command::run_with;

/// A Deployer that reports this key for its node.
async fn installation(key: impl FnOnce(&MockNode) -> String) -> (MockNode, MockDeployer) {
    let user = || MockUser::new("ann");
    let node = MockNode::builder("auto").user(user()).start().await;
    let infra = MockInfra::new("prod", "Production").node("auto", node.url(), key(&node));
    let deployer = MockDeployer::on(MockNode::builder("deployer").user(user())).infra(infra);
    (node, deployer.start().await)
}

async fn parity(
    arguments: &[&str],
    deployer: &MockDeployer,
    more: &[(&str, &str)],
) -> (i32, Value, String) {
    let key = deployer.admin_api_key();
    let environment = [&[("DKU_API_KEY", key.as_str())], more].concat();
    let arguments = [&["parity", "--output", "json"], arguments].concat();
    let (code, output, errors) = run_with(&arguments, &environment, "").await;
    for (_, secret) in environment.iter().filter(|(name, _)| *name != "DKU_DSS_URL") {
        assert!(!output.contains(secret) && !errors.contains(secret), "R13: {output}{errors}");
    }
    (code, serde_json::from_str(&output).unwrap_or_default(), errors)
}

fn file(text: &Value) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.json");
    std::fs::write(&path, text.to_string()).unwrap();
    (folder, path.display().to_string())
}

#[tokio::test]
async fn a_url_and_a_key_are_enough_where_the_deployer_tells_its_keys() {
    let (_node, deployer) = installation(|node| node.admin_api_key()).await;
    let url = deployer.url();
    let (_folder, path) = file(&json!({"requesters": ["ann"]}));
    let (code, report, errors) =
        parity(&["--inventory", &path], &deployer, &[("DKU_DSS_URL", url)]).await;
    assert_eq!(code, 0, "{report}{errors}");
    let names: Vec<&str> = report["locations"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|location| location["name"].as_str())
        .collect();
    assert_eq!(names, ["Deployer", "prod/auto"]);
}

#[tokio::test]
async fn a_key_that_the_deployer_withholds_is_could_not_tell_until_it_is_handed_in() {
    // D7
    let (node, deployer) = installation(|_| "********".to_owned()).await;
    let url = deployer.url();
    let (_folder, path) = file(&json!({"requesters": ["ann"]}));
    let (code, report, _) =
        parity(&["--inventory", &path, "--deployer-url", url], &deployer, &[]).await;
    assert_eq!((code, &report["logins"][0]["at"][1]["status"]), (1, &json!("unknown")));
    assert!(report["notes"][0]["text"].as_str().unwrap().contains("withheld"), "{report}");
    let (_folder, path) = file(&json!({
        "requesters": ["ann"],
        "nodeKeys": [{"infra": "prod", "node": "auto", "adminApiKey": {"env": "AUTO"}}],
    }));
    let key = node.admin_api_key();
    let arguments = ["--inventory", &path, "--deployer-url", url];
    let (code, report, errors) = parity(&arguments, &deployer, &[("AUTO", &key)]).await;
    assert_eq!(code, 0, "{report}{errors}");
}

#[tokio::test]
async fn an_option_names_the_deployer_whose_accounts_count_too() {
    let (_node, deployer) = installation(|node| node.admin_api_key()).await;
    let nobody = ClosedPort::hold();
    let (_folder, path) = file(&json!({
        "deployer": {"url": nobody.url(), "adminApiKey": {"env": "DKU_API_KEY"},
                     "externalUrl": "https://other.example"},
        "requesters": ["ann"],
    }));
    let url = deployer.url();
    let (code, report, errors) =
        parity(&["--inventory", &path, "--deployer-url", url], &deployer, &[]).await;
    assert_eq!(code, 0, "{report}{errors}");
    assert_eq!(report["locations"][0]["address"], url);
}

#[tokio::test]
async fn a_key_without_global_administration_leaves_unknown_what_it_may_not_read() {
    let node = MockNode::builder("auto").user(MockUser::new("ann")).start().await;
    let infra =
        |id: &str| MockInfra::new(id, "Production").node("auto", node.url(), node.admin_api_key());
    let own = infra("own").granting(MockGrant::to("ops").admin());
    let others = infra("others").granting(MockGrant::to("ops").deploy());
    let users = MockNode::builder("deployer")
        .group(MockGroup::new("ops"))
        .user(MockUser::new("ann").in_group("ops"));
    let deployer = MockDeployer::on(users).infra(own).infra(others).start().await;
    let key = personal_key(&deployer, "ann").await;
    let (_folder, path) = file(&json!({
        "requesters": ["ann"],
        "nodeKeys": [{"infra": "own", "adminApiKey": {"env": "AUTO"}}],
    }));
    let admin_key = node.admin_api_key();
    let environment = [
        ("DKU_DSS_URL", deployer.url()),
        ("DKU_API_KEY", key.as_str()),
        ("AUTO", admin_key.as_str()),
    ];
    let arguments = ["parity", "--output", "json", "--inventory", &path];
    let (code, output, errors) = run_with(&arguments, &environment, "").await;
    assert_eq!((code, errors.as_str()), (1, ""), "{output}");
    let report: Value = serde_json::from_str(&output).unwrap();
    let cells = report["logins"][0]["at"].as_array().unwrap().iter();
    let statuses: Vec<_> = cells.map(|cell| (&cell["location"], &cell["status"])).collect();
    let (present, unknown) = (json!("present"), json!("unknown"));
    let places = ["Deployer", "others", "own/auto"].map(Value::from);
    let wanted = places.iter().zip([&unknown, &unknown, &present]).collect::<Vec<_>>();
    assert_eq!(statuses, wanted, "{report:#}");
    let notes = report["notes"].to_string();
    assert!(notes.contains("no administrator of this node"), "the Deployer: {notes}");
    assert!(notes.contains("permission admin on: Infrastructure others"), "{notes}");
}

/// The secret of a personal key for a user of a Deployer.
async fn personal_key(deployer: &MockDeployer, login: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(format!("{}/public/api/admin/personal-api-keys", deployer.url()))
        .bearer_auth(deployer.admin_api_key())
        .header("content-type", "application/json")
        .body(json!({"user": login, "label": "parity", "description": ""}).to_string());
    let answer = request.send().await.unwrap().text().await.unwrap();
    let made: Value = serde_json::from_str(&answer).unwrap();
    made["key"].as_str().unwrap().to_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn verbs_fit_a_main_thread_with_a_small_stack() {
    // Some systems give it a mebibyte.
    let nobody = ClosedPort::hold();
    let small = r#"ulimit -s 256; exec "$0" "$@""#;
    let mut command = std::process::Command::new("sh");
    command.args(["-c", small, env!("CARGO_BIN_EXE_deployer"), "fleet", "list"]);
    command.env_clear().envs([("DKU_DSS_URL", nobody.url().as_str()), ("DKU_API_KEY", "key")]);
    let output = command.output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{errors}");
}
