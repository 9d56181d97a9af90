//! What is asked of the Deployer's own node. A mock counts the calls.

use project_deployer::parity::DeployerAccounts;
use project_deployer_client::{MockNodeAccounts, NodeError, NodeErrorKind};
use project_deployer_core::accounts::{SourceType, User, UserList};

use crate::installation::parsed;

fn list() -> UserList {
    [User::new(parsed("dana"), SourceType::Ldap)].into_iter().collect()
}

#[tokio::test]
async fn the_deployers_own_node_is_asked_three_times() {
    let mut accounts = MockNodeAccounts::new();
    accounts.expect_users().once().returning(|| Ok(list()));
    accounts.expect_groups().once().returning(|| Ok(Vec::new()));
    accounts.expect_ldap_settings().once().returning(|| {
        let kind = NodeErrorKind::Forbidden("no administrator".to_owned());
        Err(NodeError::new("deployer", "read LDAP settings", kind))
    });
    let own = DeployerAccounts::of(&accounts, None).await;
    assert_eq!(own.users.unwrap(), list());
    assert!(own.groups.unwrap().is_empty());
    assert!(own.ldap.is_err(), "one refused call leaves the other answers");
}
