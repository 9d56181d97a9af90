use async_trait::async_trait;
use project_deployer_core::node::AuthInfo;

use super::node::HttpNode;
use crate::automation_node::AutomationNode as _;
use crate::error::NodeError;
use crate::node_keys::{ListedGlobalKey, NewAdminKey, NodeKeys};
use crate::request::keys::{self, GlobalKeyRights, NewGlobalKey};

#[async_trait]
impl NodeKeys for HttpNode {
    async fn identity(&self) -> Result<AuthInfo, NodeError> {
        self.auth_info().await
    }

    async fn global_keys(&self) -> Result<Vec<ListedGlobalKey>, NodeError> {
        let found = self.call(&keys::global()).await?;
        let listed = found.into_iter().map(|key| {
            let admin = key.is_admin();
            ListedGlobalKey::new(key.id, key.label, admin)
        });
        Ok(listed.collect())
    }

    async fn create_admin_key(
        &self,
        label: &str,
        description: &str,
    ) -> Result<NewAdminKey, NodeError> {
        let key = NewGlobalKey::new(label, GlobalKeyRights::Admin).with_description(description);
        let made = self.call(&keys::create_global(&key)).await?;
        Ok(NewAdminKey::new(made.id, made.secret))
    }

    async fn delete_global_key(&self, id: &str) -> Result<(), NodeError> {
        self.call(&keys::delete_global(id)).await
    }
}
