//! Global keys of a node in memory. The admin key is one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use project_deployer_core::ApiKeySecret;
use project_deployer_core::node::AuthInfo;

use super::contents::{Answer, Contents, KEY_ID, not_found, refused};
use super::{FakeNode, Operation};
use crate::error::NodeError;
use crate::node_keys::{ListedGlobalKey, NewAdminKey, NodeKeys};

/// The keys that a node got beside its first admin key.
#[derive(Debug, Clone, Default)]
pub(super) struct GlobalKeys {
    made: BTreeMap<String, (String, ApiKeySecret)>,
    count: u32,
    first_is_deleted: bool,
    /// The first admin key belongs to this user.
    owner: Option<String>,
    /// The ids of keys that the node refuses to delete.
    kept: BTreeSet<String>,
    /// The ids of keys whose deletion has no answer.
    stuck: BTreeSet<String>,
}

impl GlobalKeys {
    /// The id of the key with this secret, where `first` is the secret of the first admin key.
    pub(super) fn id_of(&self, secret: &ApiKeySecret, first: &ApiKeySecret) -> Option<String> {
        if secret == first && !self.first_is_deleted {
            return Some(KEY_ID.to_owned());
        }
        let made = self.made.iter().find(|(_, (_, known))| known == secret);
        made.map(|(id, _)| id.clone())
    }

    fn listed(&self) -> Vec<ListedGlobalKey> {
        let first = !self.first_is_deleted && self.owner.is_none();
        let first = first.then(|| ListedGlobalKey::new(KEY_ID, "admin", true));
        let made = self.made.iter().map(|(id, (label, _))| ListedGlobalKey::new(id, label, true));
        first.into_iter().chain(made).collect()
    }

    fn make(&mut self, label: &str) -> Answer<NewAdminKey> {
        self.count += 1;
        let (id, text) = (format!("made-{}", self.count), format!("canary-4711-{}", self.count));
        let secret = ApiKeySecret::new(text).map_err(|error| refused(error.to_string()))?;
        self.made.insert(id.clone(), (label.to_owned(), secret.clone()));
        Ok(NewAdminKey::new(id, secret))
    }

    fn delete(&mut self, id: &str) -> Answer<()> {
        if self.kept.contains(id) {
            return Err(refused(format!("API key {id} may not be deleted")));
        }
        if id == KEY_ID && !self.first_is_deleted && self.owner.is_none() {
            self.first_is_deleted = true;
            return Ok(());
        }
        self.made.remove(id).map(drop).ok_or_else(|| not_found("API key", id))
    }
}

impl FakeNode {
    /// The ids of the global keys that the node has.
    #[must_use]
    pub fn global_key_ids(&self) -> Vec<String> {
        self.lock().contents.keys.listed().into_iter().map(|key| key.id).collect()
    }

    /// Sets whether the node refuses to delete a global key, from now on.
    pub fn keep_global_key(&self, id: impl Into<String>, keep: bool) {
        let kept = &mut self.lock().contents.keys.kept;
        if keep {
            kept.insert(id.into())
        } else {
            kept.remove(&id.into())
        };
    }

    /// Sets whether calls to delete a global key do nothing and have no answer, from now on.
    pub fn hang_on_global_key(&self, id: impl Into<String>, hangs: bool) {
        let stuck = &mut self.lock().contents.keys.stuck;
        if hangs {
            stuck.insert(id.into())
        } else {
            stuck.remove(&id.into())
        };
    }

    /// The first admin key is a personal key of this user from now on.
    pub fn admin_key_belongs_to(&self, login: impl Into<String>) {
        self.lock().contents.keys.owner = Some(login.into());
    }

    pub(super) fn key_of(&self, secret: &ApiKeySecret, first: &ApiKeySecret) -> Option<String> {
        self.lock().contents.keys.id_of(secret, first)
    }

    async fn with_keys<T: Send>(
        &self,
        operation: Operation,
        act: impl FnOnce(&mut Contents) -> Answer<T> + Send,
    ) -> Result<T, NodeError> {
        self.call(self.asks(operation), |node, _| act(node)).await
    }
}

#[async_trait]
impl NodeKeys for FakeNode {
    async fn identity(&self) -> Result<AuthInfo, NodeError> {
        let id: Arc<str> = Arc::clone(&self.key_id);
        self.with_keys(Operation::KeyIdentity, move |node| {
            let mut info = AuthInfo::default();
            let owner = node.keys.owner.clone().filter(|_| *id == *KEY_ID);
            info.auth_identifier = owner.unwrap_or_else(|| id.to_string());
            info.admin = Some(true);
            Ok(info)
        })
        .await
    }

    async fn global_keys(&self) -> Result<Vec<ListedGlobalKey>, NodeError> {
        self.with_keys(Operation::GlobalKeys, |node| Ok(node.keys.listed())).await
    }

    async fn create_admin_key(&self, label: &str, _: &str) -> Result<NewAdminKey, NodeError> {
        let label = label.to_owned();
        self.with_keys(Operation::CreateGlobalKey, move |node| node.keys.make(&label)).await
    }

    async fn delete_global_key(&self, id: &str) -> Result<(), NodeError> {
        let id = id.to_owned();
        let is_stuck = self.lock().contents.keys.stuck.contains(&id);
        if is_stuck {
            return std::future::pending().await;
        }
        self.with_keys(Operation::DeleteGlobalKey, move |node| node.keys.delete(&id)).await
    }
}
