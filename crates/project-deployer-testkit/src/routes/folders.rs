//! Project folders (wire-facts 3.5).

use super::Fetched;
use crate::answer::reported;
use crate::api::{ApiCall, Routes};
use crate::state::NodeState;

pub(super) fn routes() -> Routes {
    const ONE: &str = "/project-folders/{id}";
    Routes::of_node()
        .get("/project-folders", |node, call| node.folder_json(&call.caller, "ROOT"))
        .get(ONE, folder)
        // Any folder is the one that projects go to when it is asked for.
        .get(&format!("{ONE}/default-for-project-creation"), folder)
        .post(&format!("{ONE}/children"), |node, call| {
            node.create_folder(&call.caller, call.id(), call.needed("name")?)
        })
        .get("/project-folders/locate-project/{key}", folder_of_project)
        .post(&format!("{ONE}/projects/{{key}}/move"), |node, call| {
            node.move_project(&call.caller, call.second_id(), &call.needed("destination")?)
        })
        .for_admins()
        .delete(ONE, |node, call| node.remove_folder(call.id()))
        .get(&format!("{ONE}/settings"), |node, call| {
            node.folder(&call.caller, call.id()).map(|folder| folder.settings_json())
        })
        .put(&format!("{ONE}/settings"), save_settings)
        .post(&format!("{ONE}/move"), |node, call| {
            node.move_folder(call.id(), &call.needed("destination")?)
        })
}

fn folder(node: &mut NodeState, call: &ApiCall) -> Fetched {
    node.folder_json(&call.caller, call.id())
}

fn save_settings(node: &mut NodeState, call: &ApiCall) -> Fetched {
    node.folder_mut(call.id())?.set_settings(&call.object()?);
    Ok(reported(format!("Saved settings of project folder {}", call.id())))
}

fn folder_of_project(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let folder = &node.project(&call.caller, call.id(), "see")?.folder;
    node.folder_json(&call.caller, folder)
}
