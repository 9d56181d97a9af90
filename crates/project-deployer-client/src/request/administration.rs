//! A node as a whole: tickets, licence, general settings, Govern (wire-facts 3.1, 3.10, 5.5, 5.7).

use project_deployer_core::{ApiKeySecret, ProjectKey, UnknownFields};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Call, NodeRequest};
use crate::error::NodeErrorKind;
use crate::response::null_as_default;

/// The rights on a node. No source documents the inner format (wire-facts 5.5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct AuthorizationMatrix {
    /// By user.
    pub per_user: Value,
    /// By group.
    pub per_group: Value,
}

/// The Govern node that a node is linked to (wire-facts 3.10).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GovernNode {
    /// Whether the link is on.
    pub enabled: bool,
    /// Where it is.
    pub address: Option<String>,
    /// The key for it, if the node returns it.
    pub api_key: Option<ApiKeySecret>,
    /// Accept any certificate.
    pub trust_all_certificates: bool,
}

/// A ticket that authenticates the caller for a limited time.
pub fn create_ticket() -> Call<SecretString> {
    NodeRequest::post("create a ticket", &["auth", "ticket"]).reading(|answer| ticket(&answer))
}

/// The state of the licence, with the profiles that users may have (`limits.licensedProfiles`).
pub fn licensing() -> Call<UnknownFields> {
    NodeRequest::get("read the state of the licence", &["admin", "licensing", "status"]).json()
}

/// The general settings, a whole document with secrets in it.
pub fn general_settings() -> Call<UnknownFields> {
    NodeRequest::get("read general settings", &["admin", "general-settings"]).json()
}

/// Replaces the general settings: change what [`general_settings`] gave. The node may drop
/// fields that it does not know without a word (wire-facts 1.6).
pub fn save_general_settings(document: &impl Serialize) -> Call<()> {
    NodeRequest::put("write general settings", &["admin", "general-settings"], document).nothing()
}

/// Who may do what on the node.
pub fn authorization_matrix() -> Call<AuthorizationMatrix> {
    NodeRequest::get("read the authorization matrix", &["admin", "authorization-matrix"])
        .task()
        .bulk()
        .json()
}

/// The Govern node that the node is linked to.
pub fn govern_node() -> Call<GovernNode> {
    NodeRequest::get("read the link to Govern", &["admin", "get-govern-node-ref"]).reading(linked)
}

/// Synchronises one project, or all, to Govern and waits for the end of it.
pub fn sync_govern(project: Option<&ProjectKey>) -> Call<Value> {
    NodeRequest::post("sync projects to Govern", &["admin", "govern-integration-sync"])
        .with_optional_query("projectKey", project.map(AsRef::as_ref))
        .task()
        .result(Ok)
}

/// Synchronises the objects of the Deployer to Govern and waits for the end of it.
pub fn sync_govern_deployer() -> Call<Value> {
    let segments = ["admin", "govern-integration-deployer-sync"];
    NodeRequest::post("sync deployments to Govern", &segments).task().result(Ok)
}

fn ticket(answer: &Value) -> Result<SecretString, NodeErrorKind> {
    match answer.get("ticket").and_then(Value::as_str) {
        Some(ticket) => Ok(SecretString::from(ticket)),
        None => Err(NodeErrorKind::Malformed("the answer has no `ticket`".to_owned())),
    }
}

fn linked(answer: Value) -> Result<GovernNode, NodeErrorKind> {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Reported {
        #[serde(deserialize_with = "null_as_default")]
        enabled: bool,
        node_url: Option<String>,
        api_key: Option<String>,
        #[serde(rename = "trustAllSSLCertificates", deserialize_with = "null_as_default")]
        trust_all: bool,
    }
    let reported: Reported = crate::response::decode(answer)?;
    Ok(GovernNode {
        enabled: reported.enabled,
        address: reported.node_url.filter(|address| !address.is_empty()),
        // A masked key cannot be used.
        api_key: reported.api_key.and_then(|key| ApiKeySecret::new(key).ok()),
        trust_all_certificates: reported.trust_all,
    })
}
