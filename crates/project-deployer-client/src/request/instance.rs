//! The caller, the node and its resources (wire-facts 3.1, 3.3 to 3.5, 3.9, 1.9).

use project_deployer_core::node::{
    AuthInfo, CodeEnv, FutureState, InstanceInfo, NodeConnection, Plugin, ProjectFolder,
};

use super::{Call, NodeRequest};
use crate::documents;

/// The identity of the caller on the node.
pub fn auth_info() -> Call<AuthInfo> {
    NodeRequest::get("read the identity of the caller", &["auth", "info"]).json()
}

/// What the node is.
pub fn instance_info() -> Call<InstanceInfo> {
    NodeRequest::get("read the instance info", &["instance-info"]).reading(documents::instance_info)
}

/// All connections with their types; for administrators.
pub fn connections() -> Call<Vec<NodeConnection>> {
    NodeRequest::get("list connections", &["admin", "connections"])
        .list()
        .reading(|map| documents::connections(&map))
}

/// The names of the connections that the caller may use.
pub fn usable_connections() -> Call<Vec<String>> {
    NodeRequest::get("list usable connections", &["connections", "get-names"])
        .with_query("type", "all")
        .list()
        .json()
}

/// All code environments; for administrators.
pub fn code_envs() -> Call<Vec<CodeEnv>> {
    NodeRequest::get("list code environments", &["admin", "code-envs"]).list().json()
}

/// All plugins.
pub fn plugins() -> Call<Vec<Plugin>> {
    NodeRequest::get("list plugins", &["plugins"]).list().json()
}

/// A folder of projects; no id means the root folder.
pub fn project_folder(id: Option<&str>) -> Call<ProjectFolder> {
    let id = id.unwrap_or("ROOT");
    NodeRequest::get(format!("read project folder {id}"), &["project-folders", id]).list().json()
}

/// The state of a long task, its result included.
pub fn future(id: &str) -> Call<FutureState> {
    NodeRequest::get("wait for a task", &["futures", id]).with_query("peek", "false").json()
}
