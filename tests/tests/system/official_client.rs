//! The official Python client validates the mock node: it must work with it as with a real node.

use std::path::{Path, PathBuf};
use std::process::Output;

use project_deployer_testkit::{
    BundleBuilder, BundleScenario, MockDirectory, MockFolder, MockLdapSettings, MockNode,
    MockNodeBuilder, MockPerson, MockUser, Quirk,
};
use project_deployer_tests::Canary;
use tokio::process::Command;

use crate::installation::{active, node_of_dana};

/// The path of the Python with the client. `cargo xtask test` creates one and sets this variable.
const PYTHON: &str = "PROJECT_DEPLOYER_PYTHON";
/// States that nothing can be downloaded: tests that need the client are skipped.
const OFFLINE: &str = "PROJECT_DEPLOYER_OFFLINE";

#[expect(clippy::disallowed_methods, reason = "the one place where tests read the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The Python to use; `None` when this run has no client.
fn python() -> Option<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let usual = || package.join("../target/python/bin/python");
    let python = variable(PYTHON).map_or_else(usual, PathBuf::from);
    if python.exists() {
        return Some(python);
    }
    assert!(
        variable(OFFLINE).as_deref() == Some("1"),
        "the official Python client is not installed ({} is missing); run `cargo xtask test`, or set \
         {OFFLINE}=1 to leave this out",
        python.display()
    );
    None
}

/// A node with `dana`, who may create projects, `gone`, who is disabled, and a directory with
/// `ann`.
fn node() -> MockNodeBuilder {
    let directory = MockDirectory::new().with(MockPerson::new("ann").in_group("cn-data"));
    node_of_dana("prod")
        .user(MockUser::new("gone").disabled())
        .plugin("geo", "1.2.0")
        .folder(MockFolder::new("live", "Live"))
        .ldap(MockLdapSettings::on().on_demand(), &directory)
}

fn write_bundle(folder: &Path, id: &str) -> PathBuf {
    let path = folder.join(format!("{id}.zip"));
    BundleBuilder::new("CHURN", id)
        .connection("sql", "PostgreSQL")
        .python_env("py-prod")
        .variable("release", id)
        .scenario(BundleScenario::new("NIGHTLY").trigger("nightly", "temporal"))
        .write_to(&path)
        .unwrap();
    path
}

/// Runs one part of the script on a node. Address and key are passed by environment: every user of
/// the machine can read arguments.
async fn run(python: &Path, part: &str, node: &MockNode) -> Output {
    let bundles = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/official_client.py");
    let output = Command::new(python)
        .arg(script)
        .arg(part)
        .env_clear()
        .env("NO_PROXY", "127.0.0.1")
        .env("NODE_URL", node.url())
        .env("NODE_KEY", node.admin_api_key())
        .env("BUNDLE_V1", write_bundle(bundles.path(), "v1"))
        .env("BUNDLE_V2", write_bundle(bundles.path(), "v2"))
        .kill_on_drop(true)
        .output();
    output.await.unwrap()
}

#[expect(clippy::print_stdout, reason = "a run that skips tests should show which")]
fn leave_out(part: &str) {
    println!("left out, since {OFFLINE}=1: {part}");
}

/// The operations that a part of the script reported; `None` when this run has no client. Fails
/// when the client fails.
async fn operations(part: &str, node: &MockNode) -> Option<Vec<String>> {
    let Some(python) = python() else {
        leave_out(part);
        return None;
    };
    let output = run(&python, part, node).await;
    let done = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!Canary::is_in(&done) && !Canary::is_in(&errors), "R13: {done}{errors}");
    assert!(output.status.success(), "{part}:\n{done}{errors}");
    Some(done.lines().map(str::to_owned).collect())
}

#[tokio::test]
async fn the_official_client_finds_its_way_around() {
    let node = node().start().await;
    let Some(done) = operations("look_around", &node).await else { return };
    assert_eq!(done.len(), 9, "{done:#?}");
}

#[tokio::test]
async fn the_official_client_deploys_and_rolls_back() {
    let node = node().start().await;
    let Some(done) = operations("deploy", &node).await else { return };
    assert_eq!(done.len(), 19, "{done:#?}");
    let activated = done.iter().filter_map(|line| line.strip_prefix("activate "));
    assert_eq!(activated.collect::<Vec<_>>(), ["v1", "v2", "v1"]);
}

#[tokio::test]
async fn the_official_client_waits_for_long_tasks() {
    let node = node().quirk(Quirk::TasksAnswerFutures).task_polls(2).start().await;
    let Some(done) = operations("wait_for_tasks", &node).await else { return };
    assert_eq!(done.len(), 6, "{done:#?}");
    assert_eq!(active(&node).as_deref(), Some("v1"));
}

#[tokio::test]
async fn the_official_client_deploys_where_everything_is_a_long_task() {
    let node = node().quirk(Quirk::TasksAnswerFutures).start().await;
    let Some(done) = operations("deploy", &node).await else { return };
    assert_eq!(done.len(), 19, "{done:#?}");
}

#[tokio::test]
async fn the_official_client_administers_accounts() {
    let node = node().start().await;
    let Some(done) = operations("administer_accounts", &node).await else { return };
    assert_eq!(done.len(), 10, "{done:#?}");
    assert!(node.user("ann").is_some());
}

#[tokio::test]
async fn the_official_client_deploys_as_another_user() {
    // R-S7
    let node = node().start().await;
    let Some(done) = operations("deploy_as_user", &node).await else { return };
    assert_eq!(done.len(), 12, "{done:#?}");
    assert_eq!(active(&node).as_deref(), Some("v2"));
    let calls = node.journal();
    assert!(calls.iter().all(|call| call.acting_as.as_deref() == Some("dana")), "{calls:?}");
}

#[tokio::test]
async fn the_official_client_is_told_who_may_not_come_in() {
    // R-S9
    let node = node().start().await;
    let Some(done) = operations("come_as_stranger", &node).await else { return };
    let refused = ["an unknown login", "a disabled login", "an unknown key"];
    assert_eq!(done, refused.map(|who| format!("{who} is refused")));
}
