//! Connections of a node, one by one (wire-facts 3.3). [`super::instance::connections`] lists them.

use project_deployer_core::messages::InfoMessages;
use project_deployer_core::{ProjectKey, UnknownFields};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Call, NodeRequest};
use crate::error::NodeErrorKind;
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

/// The definition of a connection; for administrators.
pub fn get(name: &str) -> Call<UnknownFields> {
    NodeRequest::get(format!("read connection {name}"), &["admin", "connections", name]).json()
}

/// Creates a connection. The body may have credentials in it.
pub fn create(name: &str, definition: &impl Serialize) -> Call<()> {
    NodeRequest::post(format!("create connection {name}"), &["admin", "connections", ""])
        .with_body(definition)
        .nothing()
}

/// Replaces the definition of a connection: change what [`get`] gave.
pub fn save(name: &str, definition: &impl Serialize) -> Call<InfoMessages> {
    let operation = format!("write connection {name}");
    NodeRequest::put(operation, &["admin", "connections", name], definition).reading(messages_in)
}

/// Deletes a connection.
pub fn delete(name: &str) -> Call<()> {
    NodeRequest::delete(format!("delete connection {name}"), &["admin", "connections", name])
        .nothing()
}

/// The names of the connections of a type that the caller may use: without being an
/// administrator, types are learnt only by asking for each.
pub fn usable_of_type(kind: &str) -> Call<Vec<String>> {
    NodeRequest::get(format!("list usable {kind} connections"), &["connections", "get-names"])
        .with_query("type", kind)
        .list()
        .json()
}

/// What a connection is, with what it resolves to for the caller in a project. The answer may have
/// credentials in it.
pub fn info(name: &str, project: Option<&ProjectKey>) -> Call<UnknownFields> {
    NodeRequest::get(format!("read the info of connection {name}"), &["connections", name, "info"])
        .with_optional_query("contextualProjectKey", project.map(AsRef::as_ref))
        .json()
}

/// Whether a connection works from the node.
pub fn test(name: &str) -> Call<ConnectionTest> {
    NodeRequest::get(format!("test connection {name}"), &["connections", name, "test"])
        .task()
        .json()
}

/// The messages that an answer may have under `messages`.
pub(super) fn messages_in(mut answer: Value) -> Result<InfoMessages, NodeErrorKind> {
    let messages = answer.get_mut("messages").map(Value::take).unwrap_or_default();
    match messages {
        Value::Array(list) => report(serde_json::json!({ "messages": list })),
        other => report(other),
    }
}
