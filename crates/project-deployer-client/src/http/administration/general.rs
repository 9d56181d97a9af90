use project_deployer_core::{ApiKeySecret, ProjectKey, UnknownFields};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::tolerant::null_as_default;
use crate::documents::written;
use crate::error::{NodeError, NodeErrorKind};
use crate::http::HttpNode;
use crate::request::{administration, instance};

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

impl HttpNode {
    /// All that the node says of itself, such as `dipInstanceId`.
    pub async fn instance_document(&self) -> Result<UnknownFields, NodeError> {
        self.json(&instance::instance_info()).await
    }

    /// A ticket that authenticates the caller for a limited time.
    pub async fn create_ticket(&self) -> Result<SecretString, NodeError> {
        self.read(&administration::create_ticket(), |answer| ticket(&answer)).await
    }

    /// The state of the licence, with the profiles that users may have (`limits.licensedProfiles`).
    pub async fn licensing(&self) -> Result<UnknownFields, NodeError> {
        self.json(&administration::licensing()).await
    }

    /// The general settings, a whole document with secrets in it.
    pub async fn general_settings(&self) -> Result<UnknownFields, NodeError> {
        self.json(&administration::general_settings()).await
    }

    /// Replaces the general settings: change what [`Self::general_settings`] gave. The node may drop
    /// fields that it does not know without a word (wire-facts 1.6).
    pub async fn save_general_settings(&self, document: &UnknownFields) -> Result<(), NodeError> {
        self.nothing(&administration::save_general_settings(written(document))).await
    }

    /// Who may do what on the node.
    pub async fn authorization_matrix(&self) -> Result<AuthorizationMatrix, NodeError> {
        self.json(&administration::authorization_matrix()).await
    }

    /// The Govern node that the node is linked to.
    pub async fn govern_node(&self) -> Result<GovernNode, NodeError> {
        self.read(&administration::govern_node(), govern_node).await
    }

    /// Synchronises one project, or all, to Govern and waits for the end of it.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the task failed.
    pub async fn sync_govern(&self, project: Option<&ProjectKey>) -> Result<Value, NodeError> {
        self.task(&administration::sync_govern(project)).await
    }

    /// Synchronises the objects of the Deployer to Govern and waits for the end of it.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the task failed.
    pub async fn sync_govern_deployer(&self) -> Result<Value, NodeError> {
        self.task(&administration::sync_govern_deployer()).await
    }
}

fn ticket(answer: &Value) -> Result<SecretString, NodeErrorKind> {
    match answer.get("ticket").and_then(Value::as_str) {
        Some(ticket) => Ok(SecretString::from(ticket)),
        None => Err(NodeErrorKind::Malformed("the answer has no `ticket`".to_owned())),
    }
}

fn govern_node(answer: Value) -> Result<GovernNode, NodeErrorKind> {
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
