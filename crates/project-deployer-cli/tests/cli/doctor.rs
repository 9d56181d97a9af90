//! `deployer doctor`: what it shows, and what it never shows.

use std::net::SocketAddr;
use std::path::Path;

use project_deployer_testkit::{MockDeployer, MockInfra, MockLdapSettings, MockNode, TestTls};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::command::run_with;

const SECRET: &str = "CANARY-4711";

async fn doctor(arguments: &[&str], environment: &[(&str, &str)]) -> (i32, Value) {
    let arguments = [&["doctor", "--output", "json"], arguments].concat();
    let (code, output, errors) = run_with(&arguments, environment, "").await;
    assert_eq!(errors, "", "{output}");
    (code, serde_json::from_str(&output).unwrap())
}

/// The check of this name.
fn check<'a>(report: &'a Value, area: &str, name: &str) -> &'a Value {
    let mut checks = report["checks"].as_array().unwrap().iter();
    let found = checks.find(|check| check["area"] == area && check["name"] == name);
    assert!(found.is_some(), "no `{name}` of {area} in {report:#}");
    found.unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// An address where nobody listens, as long as the socket is held.
fn dead() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// A node whose users come from the directory at this URL.
async fn node_with(url: &str) -> MockNode {
    let node = MockNode::start("auto").await;
    node.set_ldap_settings(MockLdapSettings::on().at(url));
    node
}

fn write(folder: &Path, name: &str, document: &Value) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, document.to_string()).unwrap();
    path.display().to_string()
}

#[tokio::test]
async fn it_shows_who_answers_with_their_versions() {
    let node = MockNode::start("auto").await;
    let infra = MockInfra::new("prod", "Production").node("auto", node.url(), node.admin_api_key());
    let deployer = MockDeployer::on(MockNode::builder("deployer")).infra(infra).start().await;
    let key = deployer.admin_api_key();
    let environment = [("DKU_DSS_URL", deployer.url()), ("DKU_API_KEY", key.as_str())];
    let (code, report) = doctor(&[], &environment).await;
    assert_eq!(code, 0, "{report:#}");
    let own = check(&report, "version", "deployer");
    assert_eq!(own["version"], env!("CARGO_PKG_VERSION"));
    for (area, name) in [("deployer", "Deployer"), ("node", "prod/auto")] {
        let found = check(&report, area, name);
        assert_eq!((&found["state"], &found["version"]), (&json!("ok"), &json!("15.2.0")));
    }
    assert_eq!(check(&report, "deployer", "infrastructures")["what"], "1");
    assert!(text(&check(&report, "environment", "DKU_API_KEY")["what"]).starts_with("set"));
    assert!(text(&check(&report, "environment", "SSL_CERT_FILE")["what"]).starts_with("not set"));
    let chosen = text(&check(&report, "configuration", "Deployer to ask")["what"]);
    assert!(chosen.contains(deployer.url()) && chosen.ends_with("(DKU_DSS_URL)"), "{chosen}");
}

#[tokio::test]
async fn whoever_does_not_answer_is_a_problem_and_the_others_are_asked_all_the_same() {
    let node = MockNode::start("auto").await;
    let (_held, nobody) = dead();
    let folder = tempfile::tempdir().unwrap();
    let infra = |id: &str, url: &str| json!({"id": id, "stage": "Test", "automationNodeUrl": url, "adminApiKey": {"env": "KEY"}});
    let inventory = json!({
        "infrastructures": [infra("silent", &format!("http://{nobody}")), infra("prod", node.url())],
    });
    let path = write(folder.path(), "inventory.json", &inventory);
    let key = node.admin_api_key();
    let (code, report) = doctor(&["--inventory", &path], &[("KEY", &key)]).await;
    assert_eq!(code, 1, "{report:#}");
    let silent = check(&report, "node", "silent");
    assert_eq!(silent["state"], "problem");
    assert!(text(&silent["what"]).contains("check that the node runs"), "{silent}");
    assert_eq!(check(&report, "node", "prod")["state"], "ok");

    let url = format!("http://{nobody}");
    let (code, report) = doctor(&[], &[("DKU_DSS_URL", &url), ("DKU_API_KEY", SECRET)]).await;
    assert_eq!(code, 1, "{report:#}");
    assert_eq!(check(&report, "deployer", "Deployer")["state"], "problem");
}

#[tokio::test]
async fn authorities_of_the_environment_replace_those_of_the_system() {
    // R12
    let tls = |id: &str| MockNode::builder(id.to_owned()).tls(TestTls::Valid).start();
    let (node, other) = (tls("auto").await, tls("other").await);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, node: &MockNode| {
        let path = folder.path().join(name);
        std::fs::write(&path, node.ca_pem().unwrap()).unwrap();
        path.display().to_string()
    };
    let (own_authority, other_authority) = (file("own.pem", &node), file("other.pem", &other));
    let key = node.admin_api_key();
    for (authority, state) in [(own_authority, "ok"), (other_authority, "problem")] {
        let environment = [
            ("DKU_DSS_URL", node.url()),
            ("DKU_API_KEY", key.as_str()),
            ("SSL_CERT_FILE", authority.as_str()),
        ];
        let (_, report) = doctor(&[], &environment).await;
        let answer = check(&report, "deployer", "Deployer");
        assert_eq!(answer["state"], state, "{report:#}");
    }
}

#[tokio::test]
async fn a_directory_is_asked_once_and_an_export_is_named() {
    let (_held, nobody) = dead();
    let dead_url = format!("ldap://{nobody}/dc=example,dc=test");
    let export_url = "ldap://directory.example.test:389/dc=example,dc=test";
    let (first, second) = (node_with(&dead_url).await, node_with(&dead_url).await);
    let third = node_with(export_url).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("people.ldif"), "").unwrap();
    let infra = |id: &str, node: &MockNode| json!({"id": id, "stage": "Test", "automationNodeUrl": node.url(), "adminApiKey": {"env": id}});
    let inventory = json!({
        "infrastructures": [infra("A", &first), infra("B", &second), infra("C", &third)],
        "directories": [{"url": export_url, "ldif": "people.ldif"}],
    });
    let path = write(folder.path(), "inventory.json", &inventory);
    let keys = [first.admin_api_key(), second.admin_api_key(), third.admin_api_key()];
    let environment = [("A", keys[0].as_str()), ("B", &keys[1]), ("C", &keys[2])];
    let (code, report) = doctor(&["--inventory", &path], &environment).await;
    assert_eq!(code, 1, "{report:#}");
    let silent = check(&report, "directory", &dead_url);
    assert_eq!(silent["state"], "problem");
    assert!(text(&silent["what"]).starts_with("used by A, B: "), "{silent}");
    let export = text(&check(&report, "directory", export_url)["what"]);
    assert!(export.starts_with("used by C; ") && export.contains("people.ldif"), "{export}");
    let checks = report["checks"].as_array().unwrap().iter();
    assert_eq!(checks.filter(|check| check["area"] == "directory").count(), 2, "{report:#}");
}

#[tokio::test]
async fn no_secret_is_shown_wherever_it_was_put() {
    // R13
    let node = MockNode::builder("auto").admin_api_key(SECRET).start().await;
    let folder = tempfile::tempdir().unwrap();
    let config = json!({
        "dss_instances": {"prod": {"url": node.url(), "api_key": SECRET}}, "default_instance": "prod",
    });
    write(folder.path(), ".dataiku/config.json", &config);
    write(folder.path(), ".dataiku/.config.json", &json!({"dss_instances": {"a": SECRET}}));
    let infra = |key: Value| json!({"infrastructures": [{"id": "prod", "stage": "Test", "automationNodeUrl": node.url(), "adminApiKey": key}]});
    let good = write(folder.path(), "good.json", &infra(json!({"env": "KEY"})));
    let bad = write(folder.path(), "bad.json", &infra(json!(SECRET)));
    let home = folder.path().display().to_string();
    let with_login = format!("http://ann:{SECRET}@127.0.0.1:1");
    let environments: [&[(&str, &str)]; 4] = [
        &[("KEY", SECRET), ("DKU_API_KEY", SECRET), ("HTTPS_PROXY", SECRET)],
        &[("DKU_DSS_URL", &with_login), ("DKU_API_KEY", SECRET)],
        // The two were mixed up.
        &[("DKU_DSS_URL", SECRET), ("DKU_API_KEY", node.url())],
        &[("DKU_DSS_URL", node.url()), ("DKU_API_KEY", "CANARY-4711\u{7}")],
    ];
    for environment in environments {
        let environment = [environment, &[("HOME", home.as_str())]].concat();
        for arguments in [&[][..], &["--inventory", &good], &["--inventory", &bad]] {
            for output in ["table", "json", "yaml", "csv", "html"] {
                let arguments = [&["doctor", "--output", output], arguments].concat();
                let (code, output, errors) = run_with(&arguments, &environment, "").await;
                assert!([0, 1].contains(&code), "{errors}");
                assert!(!format!("{output}{errors}").contains("CANARY"), "{output}{errors}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_missing_or_broken_is_a_problem_with_its_fix() {
    let (code, report) = doctor(&[], &[]).await;
    assert_eq!(code, 1, "{report:#}");
    let chosen = check(&report, "configuration", "Deployer to ask");
    assert!(text(&chosen["what"]).contains("set DKU_DSS_URL and DKU_API_KEY"), "{chosen}");

    let (code, report) = doctor(&["--inventory", "no-such-file.yaml"], &[]).await;
    assert_eq!(code, 1, "{report:#}");
    let inventory = check(&report, "configuration", "inventory");
    assert!(text(&inventory["what"]).contains("no-such-file.yaml"), "{inventory}");

    let folder = tempfile::tempdir().unwrap();
    let keys = json!({"nodeKeys": [{"infra": "prod", "adminApiKey": {"env": "NODE_KEY"}}]});
    let path = write(folder.path(), "inventory.json", &keys);
    let (code, report) = doctor(&["--inventory", &path], &[]).await;
    assert_eq!(code, 1, "{report:#}");
    let variable = check(&report, "environment", "NODE_KEY");
    assert_eq!((&variable["state"], text(&variable["fix"]).is_empty()), (&json!("problem"), false));

    let (code, table, _) = run_with(&["doctor"], &[], "").await;
    assert!(!table.contains("Deployer to ask"), "only an id for programs: {table}");
    assert!(code == 1 && table.ends_with("problems: 1, warnings: 0\n"), "{table}");
}
