use project_deployer_client::{NodeAccounts, NodeError};
use project_deployer_core::NodeAddress;
use project_deployer_core::accounts::{Group, LdapSettings, User};
use project_deployer_ldap::{Reason, Told};

/// The accounts of the Deployer itself, which is one of the places where people must have an account.
///
/// They come from the Deployer's own node ([`Self::of`]), from the engine's store, or from a host
/// that has an identity provider of its own.
#[derive(Debug, Clone)]
pub struct DeployerAccounts {
    /// Where people log in on the Deployer.
    pub address: Option<NodeAddress>,
    /// Its users.
    pub users: Told<Vec<User>>,
    /// Its groups.
    pub groups: Told<Vec<Group>>,
    /// The settings of its LDAP supplier; none where it has none.
    pub ldap: Told<Option<LdapSettings>>,
}

impl DeployerAccounts {
    /// What the Deployer's own node tells.
    pub async fn of(accounts: &dyn NodeAccounts, address: Option<NodeAddress>) -> Self {
        Self {
            address,
            users: told(accounts.users().await),
            groups: told(accounts.groups().await),
            ldap: told(accounts.ldap_settings().await.map(Some)),
        }
    }
}

pub(super) fn told<T>(answer: Result<T, NodeError>) -> Told<T> {
    answer.map_err(|error| Reason::of(&error))
}
