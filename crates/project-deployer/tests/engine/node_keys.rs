use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, NodeKeyRequest};
use project_deployer_core::infra::Target;

use crate::installation::{Installation, entry, parsed};

fn request(user: Option<&str>) -> NodeKeyRequest {
    NodeKeyRequest::default().with_label("jobs").with_for_user(user.map(parsed))
}

async fn installation() -> Installation {
    let installation = Installation::new().await.with_infras().await;
    let both = Target::MultiNode(vec![entry("dev"), entry("prod")]);
    installation.register("both", "Test", both).await;
    installation
}

#[tokio::test]
async fn a_key_is_made_on_every_node_and_its_secrets_are_told_once() {
    // R-I7, R13
    let installation = installation().await;
    let made = installation.dana().create_node_key(&parsed("both"), &request(None)).await.unwrap();
    assert!(made.created_on_all_nodes, "{made:?}");
    assert_eq!(made.nodes_and_keys.len(), 2);
    let shown = format!("{made:?}");
    for node in &made.nodes_and_keys {
        let secret = node.secret.as_ref().unwrap();
        assert!(!shown.contains(secret) && !format!("{node:?}").contains(secret));
    }
}

#[tokio::test]
async fn nodes_that_lack_the_user_are_named() {
    let installation = installation().await;
    installation.prod.remove_user(&parsed("dana"));
    let made = installation.dana().create_node_key(&parsed("both"), &request(None)).await.unwrap();
    assert!(!made.created_on_all_nodes);
    assert_eq!(made.nodes_where_user_does_not_exist[0].node_id.as_str(), "auto-prod");
    let disabled = installation
        .admin()
        .create_node_key(&parsed("both"), &request(Some("gone")))
        .await
        .unwrap();
    assert_eq!(disabled.nodes_where_user_is_disabled.len(), 2);
}

#[tokio::test]
async fn a_key_for_somebody_else_takes_an_administrator_and_several_nodes() {
    let installation = installation().await;
    let other = installation.dana().create_node_key(&parsed("both"), &request(Some("rita"))).await;
    assert!(matches!(other, Err(DeployerError::Forbidden(_))), "{other:?}");
    let single = installation.admin().create_node_key(&parsed("dev"), &request(None)).await;
    assert!(matches!(single, Err(DeployerError::NotPossible { .. })), "{single:?}");
}
