use project_deployer_core::{ApiKeySecret, GroupName, Login, UnknownFields};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tolerant::null_as_default;
use crate::documents::{personal_key, written};
use crate::error::{NodeError, NodeErrorKind};
use crate::http::HttpNode;
use crate::node_accounts::PersonalKey;
use crate::request::keys::{self, NewGlobalKey};

/// A global API key (wire-facts 5.5). Its secret, if the node returns it at all, is among the other
/// fields, of which `Debug` prints names only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GlobalKey {
    /// Its id.
    pub id: String,
    /// The name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub label: String,
    /// What it is for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub description: String,
    /// What it may do by itself.
    #[serde(default, deserialize_with = "null_as_default")]
    pub global_permissions: UnknownFields,
    /// The groups that give it rights.
    #[serde(default, deserialize_with = "null_as_default")]
    pub groups: Vec<GroupName>,
    /// The login that it always acts as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dss_user_for_impersonation: Option<Login>,
    /// When it ends, in milliseconds; 0 means never.
    #[serde(default, deserialize_with = "null_as_default")]
    pub expires_on: i64,
    /// Everything else, kept as it is.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl GlobalKey {
    /// Whether it is an admin key, as an infrastructure needs one (R-I3).
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.global_permissions.get("admin").and_then(Value::as_bool) == Some(true)
    }
}

/// A personal API key in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListedPersonalKey {
    /// Its id.
    pub id: String,
    /// Whose it is.
    #[serde(default)]
    pub user: Option<Login>,
    /// The name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub label: String,
    /// What it is for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub description: String,
    /// When it was created, in milliseconds.
    #[serde(default, deserialize_with = "null_as_default")]
    pub created_on: i64,
    /// Everything else.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

/// A global API key that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedGlobalKey {
    /// Its id.
    pub id: String,
    /// Its secret. The node returns it only here.
    pub secret: ApiKeySecret,
}

impl HttpNode {
    /// All global API keys.
    pub async fn global_keys(&self) -> Result<Vec<GlobalKey>, NodeError> {
        self.json(&keys::global()).await
    }

    /// One global API key.
    pub async fn global_key(&self, id: &str) -> Result<GlobalKey, NodeError> {
        self.json(&keys::global_one(id)).await
    }

    /// Creates a global API key.
    pub async fn create_global_key(
        &self,
        key: &NewGlobalKey,
    ) -> Result<CreatedGlobalKey, NodeError> {
        self.read(&keys::create_global(key), |answer| created(&answer)).await
    }

    /// Replaces the document of a global API key: change what [`Self::global_key`] gave.
    pub async fn save_global_key(&self, key: &GlobalKey) -> Result<(), NodeError> {
        self.nothing(&keys::save_global(&key.id, written(key))).await
    }

    /// Deletes a global API key.
    pub async fn delete_global_key(&self, id: &str) -> Result<(), NodeError> {
        self.nothing(&keys::delete_global(id)).await
    }

    /// The caller's own personal API keys.
    ///
    /// # Errors
    ///
    /// As for every call to a node; only a user has some.
    pub async fn own_keys(&self) -> Result<Vec<ListedPersonalKey>, NodeError> {
        self.json(&keys::own()).await
    }

    /// One of the caller's own personal API keys.
    pub async fn own_key(&self, id: &str) -> Result<ListedPersonalKey, NodeError> {
        self.json(&keys::own_one(id)).await
    }

    /// Creates a personal API key for the caller.
    ///
    /// # Errors
    ///
    /// As for every call to a node; only a user can have some.
    pub async fn create_own_key(
        &self,
        label: &str,
        description: &str,
    ) -> Result<PersonalKey, NodeError> {
        self.read(&keys::create_own(label, description), |key| personal_key(&key)).await
    }

    /// Deletes one of the caller's own personal API keys.
    pub async fn delete_own_key(&self, id: &str) -> Result<(), NodeError> {
        self.nothing(&keys::delete_own(id)).await
    }

    /// The personal API keys of all users.
    pub async fn personal_keys(&self) -> Result<Vec<ListedPersonalKey>, NodeError> {
        self.json(&keys::personal_of_all()).await
    }
}

fn created(answer: &Value) -> Result<CreatedGlobalKey, NodeErrorKind> {
    let PersonalKey { id, secret } = personal_key(answer)?;
    Ok(CreatedGlobalKey { id, secret })
}
