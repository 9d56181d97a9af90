//! Global API keys of a node, for the rotation of its admin key.

use std::fmt;

use async_trait::async_trait;
use project_deployer_core::ApiKeySecret;
use project_deployer_core::node::AuthInfo;

use crate::error::NodeError;

/// The global API keys of a node (wire-facts 5.5), with the admin key. Programs may implement it.
///
/// # Errors
///
/// Every method fails with a [`NodeError`] when the node cannot be reached, rejects the request, or sends a response that
/// cannot be read.
#[async_trait]
pub trait NodeKeys: fmt::Debug + Send + Sync + 'static {
    /// What the node says of the key that asks: its id, if it is a global key (wire-facts 3.1).
    async fn identity(&self) -> Result<AuthInfo, NodeError>;

    /// All global keys, without their secrets.
    async fn global_keys(&self) -> Result<Vec<ListedGlobalKey>, NodeError>;

    /// Creates a global key with all rights. Only this response has its secret.
    async fn create_admin_key(
        &self,
        label: &str,
        description: &str,
    ) -> Result<NewAdminKey, NodeError>;

    /// Deletes a global key. It is no key from then on.
    async fn delete_global_key(&self, id: &str) -> Result<(), NodeError>;
}

/// A global key in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedGlobalKey {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: String,
    /// Whether it has all rights.
    pub admin: bool,
}

impl ListedGlobalKey {
    /// A key.
    #[must_use]
    pub fn new(id: impl Into<String>, label: impl Into<String>, admin: bool) -> Self {
        Self { id: id.into(), label: label.into(), admin }
    }
}

/// A global key with all rights that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewAdminKey {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: ApiKeySecret,
}

impl NewAdminKey {
    /// A key.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: ApiKeySecret) -> Self {
        Self { id: id.into(), secret }
    }
}
