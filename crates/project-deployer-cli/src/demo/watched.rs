//! What is watched in the demonstration, and its fleet.

use std::sync::Arc;

use project_deployer::DeployerSession;
use project_deployer::core::Login;
use project_deployer::fleets::{FleetOrigin, FleetSettings, ListedNode};
use project_deployer::ldap::DirectoryConnector;
use project_deployer::watch::{Check, WatchRequest, WatchScope};

use super::DemoError;
use super::scene::{Scene, directories};
use super::story::StoryError;

/// The fleet, and the infrastructures that it manages.
const FLEET: &str = "lab";
const MANAGED: [&str; 2] = ["dev", "test"];

/// Looks at all nodes once and from now on, and lets a fleet manage two of them.
///
/// # Errors
///
/// The state refuses something.
pub(super) async fn begin(scene: &Scene) -> Result<(), DemoError> {
    let admin = scene.deployer.acting_as_user(Login::parse("admin")?);
    let directories: Arc<dyn DirectoryConnector> = Arc::new(directories(scene)?);
    manage(&admin, scene).await?;
    watch(&admin, &directories).await?;
    scene.deployer.watch_always(directories);
    Ok(())
}

/// A list with the addresses of the nodes.
async fn manage(admin: &DeployerSession, scene: &Scene) -> Result<(), StoryError> {
    let mut nodes = Vec::with_capacity(MANAGED.len());
    for (id, node) in MANAGED.into_iter().zip(scene.fleet.nodes()) {
        nodes.push(ListedNode::new(id.parse()?).with_url(Some(node.url().parse()?)));
    }
    let fleet = FLEET.parse()?;
    let settings = FleetSettings::new(FLEET.parse()?, FleetOrigin::List { nodes }, "Development");
    admin.create_fleet(&settings).await?;
    for id in MANAGED {
        admin.adopt_infra(&fleet, &id.parse()?, Some(&id.parse()?)).await?;
    }
    admin.sync_fleet(&fleet).await?;
    Ok(())
}

async fn watch(
    admin: &DeployerSession,
    directories: &Arc<dyn DirectoryConnector>,
) -> Result<(), StoryError> {
    let all = WatchRequest::new(WatchScope::Everything);
    admin.set_watch(all.with_health_every(Some(300)).with_parity_every(Some(3600))).await?;
    for id in ["dev", "test", "prod"] {
        let infra = id.parse()?;
        for check in Check::ALL {
            Box::pin(admin.run_watch(&infra, check, directories)).await?;
        }
    }
    Ok(())
}
