//! Frontends: a client in TypeScript that is generated from the description of the API, and the console in a browser.
#![expect(clippy::unwrap_used, reason = "tests")]

mod console;
mod fuzzed;
mod own_frontend;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::prelude::*;
use project_deployer::{Deployer, InfraCreation, Upload, Warnings};
use project_deployer_client::conformance::NodeSeed;
use project_deployer_client::{FakeFleet, FakeNode};
use project_deployer_server::{DeployerService, openapi_document};
use project_deployer_testkit::BundleBuilder;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use tokio::process::Command;

/// States that nothing can be downloaded: this test is skipped without its programs.
const OFFLINE: &str = "PROJECT_DEPLOYER_OFFLINE";
/// The folder `node_modules` with the generator and the compiler.
const FRONTEND: &str = "PROJECT_DEPLOYER_FRONTEND";

/// The tree of packages with a browser.
const BROWSER: &str = "PROJECT_DEPLOYER_BROWSER";

const NODE: &str = "https://auto.example:11200";

#[expect(clippy::disallowed_methods, reason = "tests read the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether this run may go without something.
#[track_caller]
#[expect(clippy::print_stdout, reason = "a run says what it leaves out")]
fn left_out(what: &str) {
    assert!(
        variable(OFFLINE).as_deref() == Some("1"),
        "there is no {what}; run `cargo xtask test`, which installs it, or set {OFFLINE}=1 to leave this out"
    );
    println!("left out, since {OFFLINE}=1: {what}");
}

/// A folder that `cargo xtask test` makes, below the root of the repository.
fn folder(name: &str, usual: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    variable(name).map_or_else(|| root.join(usual), PathBuf::from)
}

/// The programs of npm; none when this run has none.
fn modules() -> Option<PathBuf> {
    let modules = folder(FRONTEND, "target/frontend/node_modules");
    if modules.is_dir() {
        return Some(modules);
    }
    left_out("folder with the packages of npm for frontends");
    None
}

/// The tree of packages with a browser.
fn tree() -> PathBuf {
    folder(BROWSER, "target/browser/tree")
}

async fn run(mut command: Command) -> String {
    let done = command.stdin(Stdio::null()).output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let output = text(&done.stdout);
    assert!(done.status.success(), "{command:?}: {output}{}", text(&done.stderr));
    output
}

/// The client that the page for newcomers shows.
fn snippet() -> &'static str {
    let (_, rest) = include_str!("../../../docs/frontend.md").split_once("```ts\n").unwrap();
    rest.split_once("```").unwrap().0
}

/// The client, compiled. Its types come from the description alone.
async fn compiled(modules: &Path) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frontend");
    for file in ["client.ts", "tsconfig.json"] {
        std::fs::copy(source.join(file), place.path().join(file)).unwrap();
    }
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    write("package.json", r#"{"type": "module"}"#);
    write("openapi.json", openapi_document());
    write("snippet.ts", snippet());
    #[cfg(unix)]
    std::os::unix::fs::symlink(modules, place.path().join("node_modules")).unwrap();
    let mut generator = Command::new("node");
    generator.arg(modules.join("openapi-typescript/bin/cli.js"));
    generator.args(["openapi.json", "-o", "deployer.d.ts"]).current_dir(&place);
    run(generator).await;
    let mut compiler = Command::new("node");
    compiler.arg(modules.join("typescript/bin/tsc")).args(["-p", "."]).current_dir(&place);
    run(compiler).await;
    place
}

/// One node.
fn fleet() -> FakeFleet {
    FakeFleet::new().with_node(
        NODE.parse().unwrap(),
        "key-of-the-node".parse().unwrap(),
        FakeNode::seeded(NodeSeed::usual()),
    )
}

/// A service with one deployment, and the key of its administrator.
async fn service() -> (String, String) {
    let parsed = |text: &str| text.parse().unwrap();
    let deployer = Deployer::builder(fleet()).in_memory();
    let first = deployer.first_administrator(parsed("admin")).await.unwrap().unwrap();
    let key = first.create().await.unwrap().secret.expose_secret().to_owned();
    let admin = deployer.acting_as_user(parsed("admin"));
    let infra = InfraCreation::new("prod".parse().unwrap(), "Production".parse().unwrap())
        .with_node(NODE.parse().unwrap(), "key-of-the-node".parse().unwrap());
    admin.create_infra(&infra).await.unwrap();
    let bundle = BundleBuilder::new("CHURN", "v1").build().unwrap();
    admin.upload_bundle(Upload::from_bytes("v1.zip", bundle), None).await.unwrap();
    for id in ["churn-prod", "other-prod"] {
        let creation = DeploymentCreation::parse(id, "CHURN", "prod", "v1").unwrap();
        admin.create_deployment(&creation, Warnings::Ignore).await.unwrap();
    }
    // The older one is superseded, and the client updates the first of the list.
    admin.delete_deployment(&"other-prod".parse().unwrap()).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = DeployerService::new(deployer).into_router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, key)
}

#[tokio::test]
async fn a_client_that_is_generated_from_the_description_works_with_the_service() {
    let Some(modules) = modules() else { return };
    let place = compiled(&modules).await;
    let (url, key) = service().await;
    let mut client = Command::new("node");
    client.args(["client.js", &url, &key]).current_dir(&place).kill_on_drop(true);
    assert_eq!(run(client).await, "1 deployments\n");
}
