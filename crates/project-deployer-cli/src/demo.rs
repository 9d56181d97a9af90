//! `deployer demo`: a Deployer with nodes, projects and deployments to look at.

pub(crate) mod scene;
mod story;
mod watched;

use std::io::{self, Write as _};

use project_deployer::DeployerOpenError;
use project_deployer::client::{DeployerError, HttpConnectorError};
use project_deployer::core::IdentifierError;

use self::scene::{Scene, SceneArguments};
use crate::directories::DirectoriesError;
use crate::inventory::InventoryError;
use crate::mock_node::MockNodeError;
use crate::serve::ServeError;

/// Where the console of the service is.
const CONSOLE: &str = "/console/";

/// Run a Deployer with three mock nodes and a story to look at, until it is stopped.
///
/// The Deployer has three projects, with deployments for development, test and production. One deployment is behind the
/// newest bundle, and one update has failed, since a node does not admit its requester. A fleet manages two of the nodes, and all
/// of them are watched. The command prints the address and an
/// API key of an administrator, which is shown only here.
///
/// Only this machine can reach the service. SIGINT (Ctrl-C) and SIGTERM stop it, with exit code 0. Everything is in a
/// temporary directory, which is removed then.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  deployer demo\n  deployer demo --port 11300 --allow-origin http://localhost:8000"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    scene: SceneArguments,
}

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error(
        "no temporary directory can be created; free space there, or set TMPDIR to another one"
    )]
    Directory(#[source] io::Error),
    #[error(transparent)]
    Nodes(#[from] MockNodeError),
    #[error(transparent)]
    Service(#[from] ServeError),
    #[error(transparent)]
    Client(#[from] HttpConnectorError),
    #[error(transparent)]
    Open(#[from] DeployerOpenError),
    #[error("the projects and deployments of the demonstration cannot be made")]
    Story(#[from] story::StoryError),
    #[error(transparent)]
    People(#[from] InventoryError),
    #[error(transparent)]
    Directories(#[from] DirectoriesError),
    #[error("the API keys of the users cannot be made")]
    Keys(#[from] DeployerError),
    #[error(transparent)]
    Login(#[from] IdentifierError),
    #[error("cannot print the address and the key; keep standard output open")]
    Print(#[source] io::Error),
}

/// Runs a demonstration until it is stopped.
///
/// # Errors
///
/// A port or the temporary directory cannot be used, or standard output is closed.
pub(crate) async fn run(arguments: Arguments) -> Result<(), DemoError> {
    let announce = async |scene: &Scene| {
        watched::begin(scene).await?;
        print(scene).map_err(DemoError::Print)
    };
    scene::run(arguments.scene, announce).await
}

fn print(scene: &Scene) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{}", summary(scene))?;
    output.flush()
}

/// What the user needs, and what to try.
fn summary(scene: &Scene) -> String {
    let Scene { fleet, url, key, .. } = scene;
    let inventory = scene.inventory.display();
    let frontend = frontend(&scene.origins);
    let nodes = fleet.nodes().map(|node| format!("  {}", node.url())).join("\n");
    format!(
        "\
The demonstration runs.
  address    {url}
  console    {url}{CONSOLE}
  admin key  {key}
  (of user `admin`; shown only here)
nodes for development, test and production:
{nodes}

Try in another terminal:
  export DKU_DSS_URL={url}
  read -rs DKU_API_KEY && export DKU_API_KEY   # paste the admin key
  deployer deployment list
  deployer deployment status churn-prod
  deployer update show forecast-prod
  deployer parity --inventory {inventory}
What to see: `churn-prod` is behind the newest bundle. The update of `forecast-prod` failed, since the node for production
admits members of the group `production` of the directory, and the requester `leo` is none. `deployer parity` and the
console show it, and what to do. All nodes are watched, and a fleet manages two of them: see Findings and Fleets.
{frontend}

Ctrl-C stops it and removes its data."
    )
}

/// Where a page of one's own begins.
fn frontend(origins: &[String]) -> String {
    let page = "A page of your own with live updates: docs/frontend.md.";
    match origins {
        [] => format!("{page} It needs --allow-origin."),
        origins => format!("{page} Pages of {} may call this Deployer.", origins.join(" and ")),
    }
}
