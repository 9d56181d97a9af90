//! The caller, the node and its resources (wire-facts 3.1, 3.3 to 3.5, 3.9, 1.9).

use super::NodeRequest;

/// The identity of the caller on the node.
pub fn auth_info() -> NodeRequest {
    NodeRequest::get("read the identity of the caller", &["auth", "info"])
}

/// What the node is.
pub fn instance_info() -> NodeRequest {
    NodeRequest::get("read the instance info", &["instance-info"])
}

/// All connections with their types; for administrators.
pub fn connections() -> NodeRequest {
    NodeRequest::get("list connections", &["admin", "connections"]).list()
}

/// The names of the connections that the caller may use.
pub fn usable_connections() -> NodeRequest {
    NodeRequest::get("list usable connections", &["connections", "get-names"])
        .with_query("type", "all")
        .list()
}

/// All code environments; for administrators.
pub fn code_envs() -> NodeRequest {
    NodeRequest::get("list code environments", &["admin", "code-envs"]).list()
}

/// All plugins.
pub fn plugins() -> NodeRequest {
    NodeRequest::get("list plugins", &["plugins"]).list()
}

/// A folder of projects; no id means the root folder.
pub fn project_folder(id: Option<&str>) -> NodeRequest {
    let id = id.unwrap_or("ROOT");
    NodeRequest::get(format!("read project folder {id}"), &["project-folders", id]).list()
}

/// The state of a long task, its result included.
pub fn future(id: &str) -> NodeRequest {
    NodeRequest::get("wait for a task", &["futures", id]).with_query("peek", "false")
}
