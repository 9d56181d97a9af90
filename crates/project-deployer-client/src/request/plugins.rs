//! Plugins of a node (wire-facts 3.9). [`super::instance::plugins`] lists them.

use project_deployer_core::setters;
use serde_json::{Value, json};

use super::{Call, NodeRequest};

/// A plugin in a Git repository.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PluginSource {
    /// Where the repository is.
    pub repository: String,
    /// A branch, tag or commit.
    pub checkout: String,
    /// Where in the repository the plugin is.
    pub subpath: Option<String>,
}

impl PluginSource {
    /// A plugin at the root of its repository.
    #[must_use]
    pub fn new(repository: impl Into<String>, checkout: impl Into<String>) -> Self {
        Self { repository: repository.into(), checkout: checkout.into(), subpath: None }
    }
}

setters!(PluginSource {
    with_subpath(subpath: Option<String>),
});

/// Installs the plugin in an archive and waits for the end of it.
pub fn install() -> Call<Value> {
    let segments = ["plugins", "actions", "future", "installFromZip"];
    NodeRequest::post("install a plugin", &segments).with_archive().result(Ok)
}

/// Installs a plugin of the product's store and waits for the end of it.
pub fn install_from_store(id: &str) -> Call<Value> {
    let segments = ["plugins", "actions", "installFromStore"];
    NodeRequest::post(format!("install plugin {id} from the store"), &segments)
        .with_body(json!({ "pluginId": id }))
        .task()
        .result(Ok)
}

/// Installs a plugin from Git and waits for the end of it.
pub fn install_from_git(source: &PluginSource) -> Call<Value> {
    let segments = ["plugins", "actions", "installFromGit"];
    NodeRequest::post("install a plugin from Git", &segments)
        .with_body(json!({
            "gitRepositoryUrl": source.repository,
            "gitCheckout": source.checkout,
            "gitSubpath": source.subpath,
        }))
        .task()
        .result(Ok)
}
