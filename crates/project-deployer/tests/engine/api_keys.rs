//! Edits of API keys by several callers.

use project_deployer::{ApiKeyRequest, ApiKeyRights};
use project_deployer_client::DeployerError;

use crate::installation::Installation;

#[tokio::test]
async fn a_change_of_a_key_that_somebody_else_changed_meanwhile_is_refused() {
    // Else it would give back the rights that the other one took away.
    let installation = Installation::new().await;
    let admin = installation.admin();
    let global = |admin| ApiKeyRights::Global { admin, groups: Vec::new(), acts_as: None };
    let made = admin.create_api_key(ApiKeyRequest::new(global(true), "robot")).await.unwrap();
    let id = made.key.id;
    let seen = admin.api_key_at(&id).await.unwrap();
    admin.edit_api_key(&id, ApiKeyRequest::new(global(false), "robot")).await.unwrap();

    let late = admin.expecting(seen.revision);
    let renamed = ApiKeyRequest::new(seen.value.rights, "renamed");
    let refused = late.edit_api_key(&id, renamed.clone()).await;
    assert!(matches!(refused, Err(DeployerError::ChangedMeanwhile(_))), "{refused:?}");
    let refused = late.delete_api_key(&id).await;
    assert!(matches!(refused, Err(DeployerError::ChangedMeanwhile(_))), "{refused:?}");
    let now = admin.api_key_at(&id).await.unwrap();
    assert_eq!((now.value.label.as_str(), &now.value.rights), ("robot", &global(false)));
    admin.expecting(now.revision).edit_api_key(&id, renamed).await.unwrap();
}
