use futures::future::join_all;
use project_deployer_client::{DeployerError, NewPersonalKey, NodeKeyRequest};
use project_deployer_core::infra::{InfraSettings, NodeEntry};
use project_deployer_core::rights::Operation;
use project_deployer_core::status::{NodeKeyCreation, NodeReference};
use project_deployer_core::{InfraId, Login, NodeId};
use project_deployer_store::Commit;
use serde_json::json;

use super::DeployerSession;
use crate::audit::{Action, Change};
use crate::runner::node_settings;
use crate::state::Record as _;

/// The result of the key creation on one node.
enum KeyOnNode {
    Created(NodeReference),
    NoSuchUser(NodeReference),
    UserDisabled(NodeReference),
    Failed(String),
}

impl DeployerSession {
    pub(super) async fn new_node_key(
        &self,
        id: &InfraId,
        request: &NodeKeyRequest,
    ) -> Result<NodeKeyCreation, DeployerError> {
        let view = self.view().await?;
        let user = request.for_user.clone().unwrap_or_else(|| view.login.clone());
        let operation = if user == view.login {
            Operation::CreateOwnNodeKey
        } else {
            Operation::CreateNodeKeyForOther
        };
        let infra = self.infra_with_keys(&view, operation, id).await?.value;
        if !infra.target.is_multi_node() {
            return Err(DeployerError::not_possible(
                format!("infrastructure `{id}` has a single node"),
                "create the key on that node",
            ));
        }
        let key = NewPersonalKey::new(user.clone(), request.label.clone())
            .with_description(request.description.clone());
        // Before a node is asked: what cannot be recorded is not done. What came of it is in the answer.
        let asked = json!({"user": user, "label": request.label});
        let change = Change::of(Action::CreateNodeKey, InfraSettings::KIND.name(), id);
        self.commit(Commit::new(), change.with_after(asked)).await?;
        let entries = infra.target.entries().iter();
        let nodes = join_all(entries.map(|entry| self.key_on(&infra, entry, &key))).await;
        Ok(summary(user, nodes))
    }

    async fn key_on(
        &self,
        infra: &InfraSettings,
        entry: &NodeEntry,
        key: &NewPersonalKey,
    ) -> KeyOnNode {
        match self.try_key_on(infra, entry, key).await {
            Ok(outcome) => outcome,
            Err(error) => KeyOnNode::Failed(with_cause(&error)),
        }
    }

    async fn try_key_on(
        &self,
        infra: &InfraSettings,
        entry: &NodeEntry,
        key: &NewPersonalKey,
    ) -> Result<KeyOnNode, DeployerError> {
        let connector = &self.deployer.inner.connector;
        let settings = node_settings(infra, entry)?;
        let accounts = connector.accounts(&settings).map_err(DeployerError::Node)?;
        let mut node = NodeReference::new(node_id(entry)?);
        match accounts.user(&key.user).await.map_err(DeployerError::Node)? {
            None => return Ok(KeyOnNode::NoSuchUser(node)),
            Some(user) if !user.enabled => return Ok(KeyOnNode::UserDisabled(node)),
            Some(_) => {}
        }
        let made = accounts.create_personal_key(key).await.map_err(DeployerError::Node)?;
        node.secret = Some(made.secret.expose().to_owned());
        node.key_id = Some(made.id);
        Ok(KeyOnNode::Created(node))
    }
}

fn node_id(entry: &NodeEntry) -> Result<NodeId, DeployerError> {
    entry.node_id.clone().ok_or_else(|| {
        DeployerError::not_possible(
            format!("{} has no node id", entry.label()),
            "write it into the settings of the infrastructure",
        )
    })
}

/// The public API creates a different secret on each node, so each secret is listed with its node.
fn summary(user: Login, nodes: Vec<KeyOnNode>) -> NodeKeyCreation {
    let mut creation = NodeKeyCreation::new(user);
    creation.created_on_all_nodes = nodes.iter().all(|node| matches!(node, KeyOnNode::Created(_)));
    for node in nodes {
        match node {
            KeyOnNode::Created(node) => creation.nodes_and_keys.push(node),
            KeyOnNode::NoSuchUser(node) => creation.nodes_where_user_does_not_exist.push(node),
            KeyOnNode::UserDisabled(node) => creation.nodes_where_user_is_disabled.push(node),
            KeyOnNode::Failed(reason) => {
                let so_far = creation.error.take().map(|error| error + "; ").unwrap_or_default();
                creation.error = Some(so_far + &reason);
            }
        }
    }
    creation
}

fn with_cause(error: &DeployerError) -> String {
    match error {
        DeployerError::Node(cause) => cause.to_string(),
        other => other.to_string(),
    }
}
