use async_trait::async_trait;
use project_deployer_client::{
    AccountRules, DeployerError, ExternalUser, NewPersonalKey, NodeAccounts, NodeError,
    NodeErrorKind, PersonalKey, SupplierRules,
};
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User, UserList};
use project_deployer_core::{Login, NodeAddress};
use project_deployer_ldap::{Fetched, Reason};

use crate::session::DeployerSession;

/// The accounts of the Deployer itself, which is one of the locations where people need an account.
///
/// They come from the Deployer's own node ([`Self::of`]), from the engine's store, or from a host
/// with its own identity provider.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeployerAccounts {
    /// The address where people log in to the Deployer.
    pub address: Option<NodeAddress>,
    /// Its users.
    pub users: Fetched<UserList>,
    /// Its groups.
    pub groups: Fetched<Vec<Group>>,
    /// The settings of its LDAP supplier; `None` where it has none.
    pub ldap: Fetched<Option<LdapSettings>>,
}

impl DeployerAccounts {
    /// Fetches the accounts from the Deployer's own node.
    pub async fn of(accounts: &dyn NodeAccounts, address: Option<NodeAddress>) -> Self {
        Self {
            address,
            users: fetched(accounts.users().await),
            groups: fetched(accounts.groups().await),
            ldap: fetched(accounts.ldap_settings().await.map(Some)),
        }
    }
}

pub(crate) fn fetched<T>(answer: Result<T, NodeError>) -> Fetched<T> {
    answer.map_err(|error| Reason::of(&error))
}

/// The accounts in the store of this engine, through the interface of any location. The store has
/// no supplier: users can be enabled there, but neither provisioned nor refreshed.
#[derive(Debug, Clone)]
pub struct StoreAccounts {
    deployer: DeployerSession,
    ldap: LdapSettings,
}

impl StoreAccounts {
    /// The accounts that the session's caller, a global administrator, may see and change.
    #[must_use]
    pub fn of(deployer: DeployerSession) -> Self {
        Self { deployer, ldap: LdapSettings::default() }
    }

    /// Adds the settings of the directory from which the host takes its users.
    #[must_use]
    pub fn with_ldap(self, ldap: LdapSettings) -> Self {
        Self { ldap, ..self }
    }
}

#[async_trait]
impl NodeAccounts for StoreAccounts {
    async fn users(&self) -> Result<UserList, NodeError> {
        let users = self.deployer.every_user().await.map_err(failed("list users"))?;
        Ok(users.iter().collect())
    }

    async fn user(&self, login: &Login) -> Result<Option<User>, NodeError> {
        self.deployer.user(login).await.map_err(failed("read user"))
    }

    async fn groups(&self) -> Result<Vec<Group>, NodeError> {
        self.deployer.every_group().await.map_err(failed("list groups"))
    }

    async fn ldap_settings(&self) -> Result<LdapSettings, NodeError> {
        Ok(self.ldap.clone())
    }

    async fn external_users(&self, _: &SourceType) -> Result<Vec<ExternalUser>, NodeError> {
        Err(no_supplier("list the users of a supplier"))
    }

    async fn provision_users(&self, _: &SourceType, _: &[ExternalUser]) -> Result<(), NodeError> {
        Err(no_supplier("create the accounts of users of a supplier"))
    }

    async fn resync(&self, _: &[Login]) -> Result<(), NodeError> {
        Err(no_supplier("resync users"))
    }

    async fn account_rules(&self) -> Result<AccountRules, NodeError> {
        Ok(AccountRules::new(
            Ok(SupplierRules::default()),
            Ok(SupplierRules::default()),
            Err(NodeErrorKind::NotFound("a licence".to_owned())),
            Ok(Vec::new()),
        ))
    }

    async fn set_user_enabled(&self, login: &Login, enabled: bool) -> Result<(), NodeError> {
        let operation = "write user";
        let user = self.user(login).await?.ok_or_else(|| {
            NodeError::new(NAME, operation, NodeErrorKind::NotFound(format!("user {login}")))
        })?;
        self.deployer.save_user(&user.with_enabled(enabled)).await.map_err(failed(operation))
    }

    async fn create_personal_key(&self, _: &NewPersonalKey) -> Result<PersonalKey, NodeError> {
        Err(refused("create a personal API key", "the Deployer's store keeps no keys"))
    }
}

const NAME: &str = "the Deployer";

fn no_supplier(operation: &str) -> NodeError {
    refused(operation, "the Deployer's store has no supplier of users")
}

fn refused(operation: &str, message: &str) -> NodeError {
    let kind = NodeErrorKind::Refused { status: 400, message: message.to_owned() };
    NodeError::new(NAME, operation, kind)
}

fn failed(operation: &'static str) -> impl Fn(DeployerError) -> NodeError {
    move |error| {
        let text = error.to_string();
        let kind = match &error {
            DeployerError::Forbidden(_) => NodeErrorKind::Forbidden(text),
            DeployerError::NotFound(_) => NodeErrorKind::NotFound(text),
            _ => NodeErrorKind::Failed { status: 500, message: text },
        };
        NodeError::new(NAME, operation, kind).caused_by(error)
    }
}
