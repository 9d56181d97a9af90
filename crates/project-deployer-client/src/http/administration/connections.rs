use project_deployer_core::messages::InfoMessages;
use project_deployer_core::{ProjectKey, UnknownFields};
use serde::Deserialize;
use serde_json::Value;

use crate::documents::written;
use crate::error::{NodeError, NodeErrorKind};
use crate::http::HttpNode;
use crate::request::connections;
use crate::response::report;

/// What a test of a connection found (wire-facts 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ConnectionTest {
    /// Whether it works.
    #[serde(rename = "connectionOK")]
    pub works: bool,
    /// Everything else, such as why it does not.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// Definitions of connections hold credentials: they are documents whose `Debug` prints names only.
impl HttpNode {
    /// The definition of a connection; for administrators.
    pub async fn connection(&self, name: &str) -> Result<UnknownFields, NodeError> {
        self.json(&connections::get(name)).await
    }

    /// Creates a connection; its definition names it.
    pub async fn create_connection(
        &self,
        name: &str,
        definition: &UnknownFields,
    ) -> Result<(), NodeError> {
        self.nothing(&connections::create(name, written(definition))).await
    }

    /// Replaces the definition of a connection: change what [`Self::connection`] gave.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or a message is fatal.
    pub async fn save_connection(
        &self,
        name: &str,
        definition: &UnknownFields,
    ) -> Result<InfoMessages, NodeError> {
        self.read(&connections::save(name, written(definition)), messages_in).await
    }

    /// Deletes a connection.
    pub async fn delete_connection(&self, name: &str) -> Result<(), NodeError> {
        self.nothing(&connections::delete(name)).await
    }

    /// The names of the connections of a type that the caller may use: without being an
    /// administrator, types are learnt only by asking for each.
    pub async fn usable_connections_of(&self, kind: &str) -> Result<Vec<String>, NodeError> {
        self.json(&connections::usable_of_type(kind)).await
    }

    /// What a connection is, with what it resolves to for the caller in a project; needs the right to
    /// read its details.
    pub async fn connection_info(
        &self,
        name: &str,
        project: Option<&ProjectKey>,
    ) -> Result<UnknownFields, NodeError> {
        self.json(&connections::info(name, project)).await
    }

    /// Whether a connection works from the node.
    ///
    /// # Errors
    ///
    /// As for every call to a node; that it does not work is no error.
    pub async fn test_connection(&self, name: &str) -> Result<ConnectionTest, NodeError> {
        self.json(&connections::test(name)).await
    }
}

/// The messages that an answer may have under `messages`.
pub(super) fn messages_in(mut answer: Value) -> Result<InfoMessages, NodeErrorKind> {
    let messages = answer.get_mut("messages").map(Value::take).unwrap_or_default();
    match messages {
        Value::Array(list) => report(serde_json::json!({ "messages": list })),
        other => report(other),
    }
}
