use project_deployer_core::node::Plugin;
use serde_json::Value;

use crate::error::NodeError;
use crate::http::HttpNode;
use crate::request::instance;
use crate::request::plugins::{self, PluginSource};
use crate::upload::UploadSource;

impl HttpNode {
    /// All plugins of the node.
    pub async fn plugins(&self) -> Result<Vec<Plugin>, NodeError> {
        self.json(&instance::plugins()).await
    }

    /// Installs the plugin in an archive and waits for the end of it.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the task failed.
    pub async fn install_plugin(
        &self,
        archive: impl Into<UploadSource>,
    ) -> Result<Value, NodeError> {
        let request = plugins::install();
        let answer = self.transport.send_archive(&request, archive).await?;
        self.transport.result_of(&request, answer).await
    }

    /// Installs a plugin of the product's store and waits for the end of it.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the task failed.
    pub async fn install_plugin_from_store(&self, id: &str) -> Result<Value, NodeError> {
        self.task(&plugins::install_from_store(id)).await
    }

    /// Installs a plugin from Git and waits for the end of it.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the task failed.
    pub async fn install_plugin_from_git(&self, source: &PluginSource) -> Result<Value, NodeError> {
        self.task(&plugins::install_from_git(source)).await
    }
}
