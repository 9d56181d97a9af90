//! The API for frontends under requests that schemathesis makes of its description: none is answered by an error of the
//! service, and none by something that the description does not have.

use std::path::{Path, PathBuf};

use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::prelude::*;
use project_deployer::{Deployer, HttpConnector, InfraCreation, Upload, Warnings};
use project_deployer_server::{DeployerService, Limits};
use project_deployer_testkit::{BundleBuilder, MockNode};
use secrecy::ExposeSecret as _;
use tokio::process::Command;

use crate::{left_out, run, variable};

/// The Python with schemathesis.
const PYTHON: &str = "PROJECT_DEPLOYER_SCHEMATHESIS";

/// More requests for each operation, for a run that may take longer.
const EXAMPLES: &str = "PROJECT_DEPLOYER_EXAMPLES";

/// Streams have no end, requests about a session need one, and a generator makes no archive.
const LEFT_OUT: [&str; 5] = ["followEvents", "followUpdate", "signIn", "signOut", "uploadBundle"];

/// What an answer has to be.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance";

fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let usual = root.join("target/python-schemathesis/bin/python");
    let python = variable(PYTHON).map_or(usual, PathBuf::from);
    if python.is_file() {
        return Some(python);
    }
    left_out("Python with schemathesis");
    None
}

/// A service with one deployment, and the key of its administrator.
async fn service() -> (String, String) {
    let node = MockNode::builder("auto-prod").start().await;
    let connector = HttpConnector::builder().build().unwrap();
    let deployer = Deployer::builder(connector).in_memory();
    let first = deployer.first_administrator("admin".parse().unwrap()).await.unwrap().unwrap();
    let key = first.create().await.unwrap().secret.expose_secret().to_owned();
    let admin = deployer.acting_as_user("admin".parse().unwrap());
    let infra = InfraCreation::new("prod".parse().unwrap(), "Production".parse().unwrap())
        .with_node(node.url().parse().unwrap(), node.admin_api_key().parse().unwrap());
    admin.create_infra(&infra).await.unwrap();
    let bundle = BundleBuilder::new("CHURN", "v1").build().unwrap();
    admin.upload_bundle(Upload::from_bytes("v1.zip", bundle), None).await.unwrap();
    let creation = DeploymentCreation::parse("churn-prod", "CHURN", "prod", "v1").unwrap();
    admin.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
    let router =
        DeployerService::new(deployer).limits(Limits::default().with_requests(None)).into_router();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        // The node lives as long as the service.
        let _node = node;
        axum::serve(listener, router).await
    });
    (url, key)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_answered_by_what_the_description_does_not_have() {
    let Some(python) = python() else { return };
    let (url, key) = service().await;
    let place = tempfile::tempdir().unwrap();
    let examples = variable(EXAMPLES).unwrap_or_else(|| "5".to_owned());
    let mut command = Command::new(python);
    command.current_dir(place.path()).env("PYTHONDONTWRITEBYTECODE", "1");
    command.args(["-m", "schemathesis.cli", "run", "--no-color", "--warnings", "off"]);
    // The same requests in every run.
    command.args(["--generation-deterministic", "--phases", "coverage,fuzzing", "--no-shrink"]);
    command.args(["--max-examples", &examples, "--checks", CHECKS, "--workers", "1"]);
    command.args(["--continue-on-failure", "--url", &format!("{url}/api/v1")]);
    command.args(["--header", &format!("Authorization: Bearer {key}")]);
    command.args(LEFT_OUT.iter().flat_map(|id| ["--exclude-operation-id", id]));
    command.arg(format!("{url}/api/v1/openapi.json"));
    let said = run(command).await;
    assert!(said.contains("Test cases"), "{said}");
}
