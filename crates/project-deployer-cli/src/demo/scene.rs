//! What `deployer demo` and `deployer mock-deployer` run: a Deployer, three nodes, a directory, and a story.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use project_deployer::{Deployer, HttpConnector};
use project_deployer_server::{DeployerService, FrontendOptions};
use tempfile::TempDir;

use super::{DemoError, story};
use crate::directories::CommandDirectories;
use crate::environment;
use crate::inventory::{Inventory, NamedSecrets, Secrets};
use crate::mock_node::fleet::{DIRECTORY, Fleet};
use crate::serve::connections::Connections;
use crate::serve::listener::Listener;
use crate::serve::{GRACE, ServeError, origin};
use crate::stop::Stop;
use crate::target::in_directory;

/// How a scene is reached, and when it ends.
#[derive(Debug, clap::Args)]
pub(crate) struct SceneArguments {
    /// Port to listen on, on 127.0.0.1; 0 picks a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,

    /// Let pages of this origin, such as `http://localhost:8000`, call the API for frontends with API keys. Repeat it for
    /// more origins.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    allow_origin: Vec<String>,

    /// Also stop when standard input closes, so that it ends with the program that started it.
    #[arg(long)]
    until_stdin_closes: bool,
}

/// A Deployer after its story, before it accepts requests.
pub(crate) struct Scene {
    pub(crate) deployer: Deployer,
    pub(crate) fleet: Fleet,
    pub(crate) url: String,
    /// The API key of user `admin`.
    pub(crate) key: String,
    /// The people of the directory.
    pub(crate) ldif: PathBuf,
    /// An inventory for `deployer parity`, which names that file.
    pub(crate) inventory: PathBuf,
    /// Whose pages may call the API for frontends.
    pub(crate) origins: Vec<String>,
}

/// Runs a scene in a temporary directory until it is stopped. `announce` prints what users need.
///
/// # Errors
///
/// A port or the temporary directory cannot be used, or `announce` fails.
pub(crate) async fn run(
    arguments: SceneArguments,
    announce: impl AsyncFnOnce(&Scene) -> Result<(), DemoError>,
) -> Result<(), DemoError> {
    // Before anything exists that has to be removed.
    let stop = Stop::new(arguments.until_stdin_closes).map_err(ServeError::from)?;
    let directory = TempDir::with_prefix("deployer-demo-").map_err(DemoError::Directory)?;
    let ended = serve_in(&directory, arguments, stop, announce).await;
    let removed = directory.close().map_err(DemoError::Directory);
    ended.and(removed)
}

async fn serve_in(
    directory: &TempDir,
    SceneArguments { port, allow_origin, .. }: SceneArguments,
    mut stop: Stop,
    announce: impl AsyncFnOnce(&Scene) -> Result<(), DemoError>,
) -> Result<(), DemoError> {
    let database = in_directory(directory.path());
    let deployer = Deployer::builder(HttpConnector::builder().build()?).open(&database).await?;
    let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), None).await?;
    let stopping = stop.wanted();
    tokio::pin!(stopping);
    let made = tokio::select! {
        biased;
        () = &mut stopping => None,
        made = prepare(&deployer, directory.path(), (listener.url(), allow_origin)) => Some(made?),
    };
    let Some(scene) = made else {
        // The state is removed with all that is open in it.
        let _ = deployer.shutdown(GRACE).await;
        return Ok(());
    };
    announce(&scene).await?;
    let frontends = FrontendOptions::default()
        .origins(scene.origins.iter().cloned())
        .directories(directories(&scene)?);
    let service = DeployerService::new(deployer.clone()).frontends(frontends);
    let served = listener.serve(service, Connections::unlimited(), stopping).await;
    let _ = deployer.shutdown(GRACE).await;
    Ok(served.map_err(ServeError::Serve)?)
}

async fn prepare(
    deployer: &Deployer,
    directory: &Path,
    (url, origins): (String, Vec<String>),
) -> Result<Scene, DemoError> {
    crate::report("deployer", "starting three nodes and running nine updates");
    let fleet = Fleet::start().await?;
    let key = story::play(deployer, &fleet).await?;
    let (ldif, inventory) = (directory.join("directory.ldif"), directory.join("inventory.json"));
    write_directory(&fleet, &ldif, &inventory).map_err(DemoError::Directory)?;
    Ok(Scene { deployer: deployer.clone(), fleet, url, key, ldif, inventory, origins })
}

fn write_directory(fleet: &Fleet, ldif: &Path, inventory: &Path) -> io::Result<()> {
    std::fs::write(ldif, fleet.ldif())?;
    let access = serde_json::json!({"url": DIRECTORY, "ldif": ldif.display().to_string()});
    std::fs::write(inventory, serde_json::json!({"directories": [access]}).to_string())
}

/// The directory, as an inventory names it.
pub(super) fn directories(scene: &Scene) -> Result<CommandDirectories, DemoError> {
    let secrets = Secrets::new(NamedSecrets::default(), environment::variable);
    let inventory = Inventory::read(&scene.inventory, &secrets)?;
    Ok(CommandDirectories::of(&inventory)?)
}
