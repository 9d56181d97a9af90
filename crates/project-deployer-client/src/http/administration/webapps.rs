use project_deployer_core::{ProjectKey, UnknownFields};
use serde::Deserialize;
use serde_json::Value;

use super::tolerant::null_as_default;
use crate::documents::written;
use crate::error::NodeError;
use crate::http::HttpNode;
use crate::request::webapps;

/// A web application in a list (wire-facts 3.9).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ListedWebapp {
    /// Its id.
    pub id: String,
    /// The name that people see.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// Everything else.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl HttpNode {
    /// All web applications of a project.
    pub async fn webapps(&self, key: &ProjectKey) -> Result<Vec<ListedWebapp>, NodeError> {
        self.json(&webapps::list(key)).await
    }

    /// The definition of a web application, a whole document. No source names the field of the user
    /// that it runs as (wire-facts 8.1, item 5).
    pub async fn webapp(&self, key: &ProjectKey, id: &str) -> Result<UnknownFields, NodeError> {
        self.json(&webapps::get(key, id)).await
    }

    /// Replaces the definition of a web application: change what [`Self::webapp`] gave.
    pub async fn save_webapp(
        &self,
        key: &ProjectKey,
        id: &str,
        definition: &UnknownFields,
    ) -> Result<(), NodeError> {
        self.nothing(&webapps::save(key, id, written(definition))).await
    }

    /// Whether the backend of a web application runs.
    pub async fn webapp_runs(&self, key: &ProjectKey, id: &str) -> Result<bool, NodeError> {
        self.read(&webapps::backend_state(key, id), |state| {
            Ok(state.pointer("/futureInfo/alive").and_then(Value::as_bool).unwrap_or_default())
        })
        .await
    }

    /// Stops the backend of a web application.
    pub async fn stop_webapp(&self, key: &ProjectKey, id: &str) -> Result<(), NodeError> {
        self.nothing(&webapps::stop_backend(key, id)).await
    }

    /// Starts the backend of a web application again and waits until it runs.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the task failed.
    pub async fn restart_webapp(&self, key: &ProjectKey, id: &str) -> Result<(), NodeError> {
        self.task(&webapps::restart_backend(key, id)).await.map(|_| ())
    }
}
