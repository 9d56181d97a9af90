//! `deployer mock-deployer`: a Deployer with nodes and a directory for tests in any language.

use std::collections::BTreeMap;

use project_deployer::core::Login;
use project_deployer::{ApiKeyRequest, ApiKeyRights};
use secrecy::ExposeSecret as _;
use serde::Serialize;

use crate::demo::DemoError;
use crate::demo::scene::{self, Scene, SceneArguments};
use crate::mock_node::fleet::{DANA, DIRECTORY, LEO};
use crate::output::print_line;

/// Run a Deployer with three mock nodes and a directory for tests until it is stopped.
///
/// It is the Deployer of `deployer serve`, with the story of `deployer demo`: projects CHURN, FORECAST and FRAUD with
/// deployments on `dev`, `test` and `prod`, and one update that failed since the node for production does not admit `leo`. As
/// soon as it accepts requests, it prints one line of JSON:
///
/// {"url": "http://127.0.0.1:40123", "adminApiKey": "...", "userApiKeys": {"dana": "...", "leo": "..."}, "nodes": [{"infra": "dev",
/// "url": "http://127.0.0.1:40124", "adminApiKey": "..."}, ...], "directory": {"url": "ldap://...", "ldif": "..."}, "inventory": "..."}
///
/// The directory is a file in LDIF, not a server; `inventory` is a file for `deployer parity --inventory` that names it. SIGINT
/// (Ctrl-C) and SIGTERM stop everything, with exit code 0. All data is in a temporary directory, which is removed then.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  deployer mock-deployer --until-stdin-closes")]
pub(crate) struct Arguments {
    #[command(flatten)]
    scene: SceneArguments,
}

/// What the program that started the Deployer needs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started<'a> {
    url: &'a str,
    admin_api_key: &'a str,
    user_api_keys: BTreeMap<&'static str, String>,
    nodes: Vec<StartedNode>,
    directory: StartedDirectory,
    inventory: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StartedNode {
    infra: &'static str,
    url: String,
    admin_api_key: String,
}

#[derive(Serialize)]
struct StartedDirectory {
    url: &'static str,
    ldif: String,
}

/// Runs a Deployer until it is stopped.
///
/// # Errors
///
/// A port or the temporary directory cannot be used, or standard output is closed.
pub(crate) async fn run(arguments: Arguments) -> Result<(), DemoError> {
    scene::run(arguments.scene, announce).await
}

async fn announce(scene: &Scene) -> Result<(), DemoError> {
    let nodes = ["dev", "test", "prod"].into_iter().zip(scene.fleet.nodes());
    let nodes = nodes.map(|(infra, node)| StartedNode {
        infra,
        url: node.url().to_owned(),
        admin_api_key: node.admin_api_key(),
    });
    let started = Started {
        url: &scene.url,
        admin_api_key: &scene.key,
        user_api_keys: user_keys(scene).await?,
        nodes: nodes.collect(),
        directory: StartedDirectory { url: DIRECTORY, ldif: scene.ldif.display().to_string() },
        inventory: scene.inventory.display().to_string(),
    };
    print_line(&started).map_err(DemoError::Print)
}

/// A key of each user who deploys.
async fn user_keys(scene: &Scene) -> Result<BTreeMap<&'static str, String>, DemoError> {
    let mut keys = BTreeMap::new();
    for login in [DANA, LEO] {
        let user = Login::parse(login)?;
        let session = scene.deployer.acting_as_user(user.clone());
        let request = ApiKeyRequest::new(ApiKeyRights::Personal { user }, "mock-deployer");
        let made = session.create_api_key(request).await?;
        keys.insert(login, made.secret.expose_secret().to_owned());
    }
    Ok(keys)
}
