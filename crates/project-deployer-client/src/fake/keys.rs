//! Global keys of a node in memory. The admin key is one of them.

use async_trait::async_trait;
use project_deployer_core::ApiKeySecret;
use project_deployer_core::node::AuthInfo;

use super::contents::{Answer, Contents, KEY_ID, not_found, refused};
use super::{Failure, FakeNode, Operation};
use crate::error::NodeError;
use crate::node_keys::{ListedGlobalKey, NewAdminKey, NodeKeys};

/// A key that the node takes.
pub(super) struct Key {
    label: String,
    /// None is the secret of the first admin key, which only its fleet knows.
    secret: Option<ApiKeySecret>,
    /// Whose personal key it is; a global key is nobody's.
    owner: Option<String>,
}

impl Key {
    /// The first admin key.
    pub(super) fn first() -> Self {
        Self { label: "admin".to_owned(), secret: None, owner: None }
    }
}

impl Contents {
    fn global_keys(&self) -> impl Iterator<Item = (&String, &Key)> {
        self.keys.iter().filter(|(_, key)| key.owner.is_none())
    }
}

/// The secret of a key that a node makes.
pub(super) fn secret_of(id: &str) -> Answer<ApiKeySecret> {
    ApiKeySecret::new(format!("canary-4711-{id}")).map_err(|error| refused(error.to_string()))
}

impl FakeNode {
    /// The ids of the global keys that the node has.
    #[must_use]
    pub fn global_key_ids(&self) -> Vec<String> {
        self.lock().contents.global_keys().map(|(id, _)| id.clone()).collect()
    }

    /// Sets whether the node refuses to delete a global key, from now on.
    pub fn keep_global_key(&self, id: impl Into<String>, keep: bool) {
        let (id, mut node): (String, _) = (id.into(), self.lock());
        match keep {
            true => node.contents.kept_keys.insert(id),
            false => node.contents.kept_keys.remove(&id),
        };
    }

    /// Sets whether calls to delete a global key do nothing and have no answer, from now on.
    pub fn hang_on_global_key(&self, id: impl Into<String>, hangs: bool) {
        let failure = hangs.then_some(Failure::Stuck);
        self.fail_always(Operation::DeleteGlobalKey, id.into(), failure);
    }

    /// The first admin key is a personal key of this user from now on.
    pub fn admin_key_belongs_to(&self, login: impl Into<String>) {
        if let Some(key) = self.lock().contents.keys.get_mut(KEY_ID) {
            key.owner = Some(login.into());
        }
    }

    /// The same node, asked with this secret, where `first` is the secret of the first admin key.
    pub(super) fn with_key(&self, secret: &ApiKeySecret, first: &ApiKeySecret) -> Self {
        let is_asking = |key: &Key| key.secret.as_ref().unwrap_or(first) == secret;
        let keys = &self.lock().contents.keys;
        let id = keys.iter().find(|(_, key)| is_asking(key)).map(|(id, _)| id.as_str().into());
        Self { key: id, ..self.clone() }
    }
}

#[async_trait]
impl NodeKeys for FakeNode {
    async fn identity(&self) -> Result<AuthInfo, NodeError> {
        let id = self.key.as_deref().unwrap_or(KEY_ID);
        self.administer(self.asks(Operation::KeyIdentity), |node| {
            let mut info = AuthInfo::default();
            let owner = node.keys.get(id).and_then(|key| key.owner.clone());
            info.auth_identifier = owner.unwrap_or_else(|| id.to_owned());
            info.admin = Some(true);
            Ok(info)
        })
        .await
    }

    async fn global_keys(&self) -> Result<Vec<ListedGlobalKey>, NodeError> {
        self.administer(self.asks(Operation::GlobalKeys), |node| {
            let listed = |(id, key): (&String, &Key)| ListedGlobalKey::new(id, &key.label, true);
            Ok(node.global_keys().map(listed).collect())
        })
        .await
    }

    async fn create_admin_key(&self, label: &str, _: &str) -> Result<NewAdminKey, NodeError> {
        self.administer(self.asks(Operation::CreateGlobalKey), |node| {
            node.keys_made += 1;
            let id = format!("made-{}", node.keys_made);
            let secret = secret_of(&id)?;
            let key = Key { label: label.to_owned(), secret: Some(secret.clone()), owner: None };
            node.keys.insert(id.clone(), key);
            Ok(NewAdminKey::new(id, secret))
        })
        .await
    }

    async fn delete_global_key(&self, id: &str) -> Result<(), NodeError> {
        self.administer(self.asks(Operation::DeleteGlobalKey).about(id), |node| {
            node.global_keys()
                .find(|(known, _)| *known == id)
                .ok_or_else(|| not_found("API key", id))?;
            if node.kept_keys.contains(id) {
                return Err(refused(format!("API key {id} may not be deleted")));
            }
            node.keys.remove(id);
            Ok(())
        })
        .await
    }
}
