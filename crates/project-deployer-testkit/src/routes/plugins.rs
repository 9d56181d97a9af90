//! Plugins and what runs of webapps (wire-facts 3.9).

use serde_json::{Value, json};

use super::Fetched;
use crate::api::{ApiCall, Routes};
use crate::seed::MockPlugin;
use crate::state::NodeState;
use crate::state::project::Project;

pub(super) fn routes() -> Routes {
    const BACKEND: &str = "/projects/{key}/webapps/{id}/backend";
    const INSTALL: &str = "/plugins/actions";
    Routes::of_node()
        .get("/plugins", |node, _| -> Value {
            node.plugins.values().map(MockPlugin::to_json).collect()
        })
        .read("/projects/{key}/plugins/usages", "readProjectContent", usages)
        .read(&format!("{BACKEND}/state"), "readProjectContent", backend)
        .save(&format!("{BACKEND}/actions/stop"), "writeProjectContent", |project, call| {
            project.webapp(call.second_id())?;
            project.running_webapps.remove(call.second_id());
            Ok(())
        })
        .put(&format!("{BACKEND}/actions/restart"), restart)
        .for_admins()
        .post(&format!("{INSTALL}/installFromZip"), |node, call| node.install_archive(call.file()?))
        .post(&format!("{INSTALL}/future/installFromZip"), |node, call| {
            let installed = node.install_archive(call.file()?);
            node.start_task(&call.caller, installed)
        })
        // The store has every plugin.
        .post(&format!("{INSTALL}/installFromStore"), |node, call| {
            install(node, call, MockPlugin::new(call.needed_text("pluginId")?, "1.0.0"))
        })
        .post(&format!("{INSTALL}/installFromGit"), install_from_git)
}

/// Every repository holds the plugin of its name.
fn install_from_git(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let url = call.needed_text("gitRepositoryUrl")?;
    let id = url.trim_end_matches(".git").rsplit(['/', ':']).next().unwrap_or_default();
    let version = call.text("gitCheckout")?.unwrap_or_else(|| "master".to_owned());
    install(node, call, MockPlugin::new(id, version))
}

fn install(node: &mut NodeState, call: &ApiCall, plugin: MockPlugin) -> Fetched {
    let installed = node.install(plugin);
    node.start_task(&call.caller, Ok(installed))
}

/// Those of the active bundle. How they are spelled is our choice.
fn usages(project: &Project, _: &ApiCall) -> Fetched {
    let active = project.active_bundle.as_deref().and_then(|id| project.bundle(id).ok());
    let plugins = active.map(|bundle| bundle.contents.plugins.iter()).into_iter().flatten();
    Ok(plugins.map(|id| json!({"pluginId": id})).collect())
}

fn backend(project: &Project, call: &ApiCall) -> Fetched {
    let id = call.second_id();
    project.webapp(id)?;
    let alive = project.running_webapps.contains(id);
    Ok(json!({"projectKey": project.key, "webAppId": id, "futureInfo": {"alive": alive}}))
}

fn restart(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let project = node.project_mut(&call.caller, call.id(), "writeProjectContent")?;
    project.webapp(call.second_id())?;
    project.running_webapps.insert(call.second_id().to_owned());
    node.start_task(&call.caller, Ok(json!({})))
}
