//! `deployer demo`: a Deployer with nodes, projects and deployments to look at.

mod story;

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};

use project_deployer::client::HttpConnectorError;
use project_deployer::{Deployer, DeployerOpenError, HttpConnector, LdapConnector};
use project_deployer_server::{DeployerService, FrontendOptions};
use tempfile::TempDir;

use crate::mock_node::MockNodeError;
use crate::mock_node::fleet::Fleet;
use crate::serve::ServeError;
use crate::serve::connections::Connections;
use crate::serve::listener::Listener;
use crate::stop::Stop;

/// Where the console of the service is.
const CONSOLE: &str = "/console/";

/// Run a Deployer with three mock nodes and a story to look at, until it is stopped.
///
/// The Deployer has three projects, with deployments for development, test and production. One deployment is behind the
/// newest bundle, and one update has failed, since a login is missing on a node. The command prints the address and an
/// API key of an administrator, which is shown only here.
///
/// Only this machine can reach the service. SIGINT (Ctrl-C) and SIGTERM stop it, with exit code 0. Everything is in a
/// temporary directory, which is removed then.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  deployer demo")]
pub(crate) struct Arguments {
    /// Port to listen on, on 127.0.0.1; 0 picks a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,

    /// Also stop when standard input closes, so that the demonstration ends with the program that started it.
    #[arg(long)]
    until_stdin_closes: bool,
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
    #[error("cannot print the address and the key; keep standard output open")]
    Print(#[source] io::Error),
}

/// Runs a demonstration until it is stopped.
///
/// # Errors
///
/// A port or the temporary directory cannot be used, or standard output is closed.
pub(crate) async fn run(arguments: Arguments) -> Result<(), DemoError> {
    // Before anything exists that has to be removed.
    let stop = Stop::new(arguments.until_stdin_closes).map_err(ServeError::from)?;
    let directory = TempDir::with_prefix("deployer-demo-").map_err(DemoError::Directory)?;
    let ended = serve_in(&directory, arguments.port, stop).await;
    let removed = directory.close().map_err(DemoError::Directory);
    ended.and(removed)
}

async fn serve_in(directory: &TempDir, port: u16, mut stop: Stop) -> Result<(), DemoError> {
    let database = format!("sqlite:{}", directory.path().join("deployer.db").display());
    let deployer = Deployer::builder(HttpConnector::builder().build()?).open(&database).await?;
    let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), None).await?;
    let stopping = stop.wanted();
    tokio::pin!(stopping);
    let made = tokio::select! {
        biased;
        () = &mut stopping => None,
        made = prepare(&deployer) => Some(made?),
    };
    let Some((fleet, key)) = made else {
        // The state is removed with all that is open in it.
        let _ = deployer.shutdown(crate::serve::GRACE).await;
        return Ok(());
    };
    print(&listener.url(), &key, &fleet).map_err(DemoError::Print)?;
    let frontends = FrontendOptions::default().directories(LdapConnector::default());
    let router = DeployerService::new(deployer.clone()).frontends(frontends).into_router();
    let served = listener.serve(router, Connections::unlimited(), stopping).await;
    let _ = deployer.shutdown(crate::serve::GRACE).await;
    Ok(served.map_err(ServeError::Serve)?)
}

async fn prepare(deployer: &Deployer) -> Result<(Fleet, String), DemoError> {
    crate::report("deployer", "starting three nodes and running nine updates");
    let fleet = Fleet::start().await?;
    let key = story::play(deployer, &fleet).await?;
    Ok((fleet, key))
}

fn print(url: &str, key: &str, fleet: &Fleet) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{}", summary(url, key, fleet))?;
    output.flush()
}

/// What the user needs, and what to try.
fn summary(url: &str, key: &str, fleet: &Fleet) -> String {
    let nodes = fleet.nodes().map(|node| format!("  {}", node.url())).join("\n");
    format!(
        "\
The demonstration runs.
  address    {url}
  console    {url}{CONSOLE}
  admin key  {key}   (of user `admin`; shown only here)
nodes for development, test and production:
{nodes}

Try in another terminal:
  export DKU_DSS_URL={url}
  read -rs DKU_API_KEY && export DKU_API_KEY   # paste the admin key
  curl -s -u \"$DKU_API_KEY:\" $DKU_DSS_URL/public/api/project-deployer/deployments
  curl -s -u \"$DKU_API_KEY:\" $DKU_DSS_URL/public/api/project-deployer/deployments/churn-prod/status
  curl -s -u \"$DKU_API_KEY:\" $DKU_DSS_URL/public/api/project-deployer/deployments/forecast-prod/last-update
What to see: `churn-prod` is behind the newest bundle. The update of `forecast-prod` failed, since its requester `leo`
has no account on the node for production; `deployer parity` shows it too.

Ctrl-C stops it and removes its data."
    )
}
