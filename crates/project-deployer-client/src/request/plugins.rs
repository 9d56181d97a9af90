//! Plugins of a node (wire-facts 3.9). [`super::instance::plugins`] lists them.

use serde_json::json;

use super::NodeRequest;

/// A plugin in a Git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginSource {
    /// Where the repository is.
    pub repository: String,
    /// A branch, tag or commit.
    pub checkout: String,
    /// Where in the repository the plugin is.
    pub subpath: Option<String>,
}

/// Installs the plugin of the request; the response is a future.
pub fn install() -> NodeRequest {
    let segments = ["plugins", "actions", "future", "installFromZip"];
    NodeRequest::post("install a plugin", &segments).with_archive()
}

/// Installs a plugin of the product's store; the answer is a future.
pub fn install_from_store(id: &str) -> NodeRequest {
    let segments = ["plugins", "actions", "installFromStore"];
    NodeRequest::post(format!("install plugin {id} from the store"), &segments)
        .with_body(json!({ "pluginId": id }))
        .task()
}

/// Installs a plugin from Git; the answer is a future.
pub fn install_from_git(source: &PluginSource) -> NodeRequest {
    let segments = ["plugins", "actions", "installFromGit"];
    NodeRequest::post("install a plugin from Git", &segments)
        .with_body(json!({
            "gitRepositoryUrl": source.repository,
            "gitCheckout": source.checkout,
            "gitSubpath": source.subpath,
        }))
        .task()
}
