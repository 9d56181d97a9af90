//! Users and groups of any node of the product, the Deployer's own node included.

use std::collections::BTreeSet;
use std::fmt;

use async_trait::async_trait;
use project_deployer_core::accounts::{Group, LdapSettings, SourceType, User, UserList};
use project_deployer_core::setters;
use project_deployer_core::{ApiKeySecret, GroupName, Login, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::{NodeError, NodeErrorKind};

/// The accounts of a node. An error or a partial answer never reads as "absent". Programs may implement it, as
/// [`AutomationNode`](crate::AutomationNode).
///
/// # Errors
///
/// Every method fails with a [`NodeError`] when the node cannot be reached, rejects the request, or sends
/// a response that cannot be read.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait NodeAccounts: fmt::Debug + Send + Sync + 'static {
    /// All users, with login, source, groups, and whether the user may log in. Over HTTP only these fields
    /// are kept while the list arrives, since a node may have hundreds of thousands of users; a malformed
    /// value in another field is ignored.
    async fn users(&self) -> Result<UserList, NodeError>;

    /// One user with all fields; none when there is no such user.
    async fn user(&self, login: &Login) -> Result<Option<User>, NodeError>;

    /// All groups.
    async fn groups(&self) -> Result<Vec<Group>, NodeError>;

    /// The settings of the LDAP supplier.
    async fn ldap_settings(&self) -> Result<LdapSettings, NodeError>;

    /// The users that a supplier knows of, members of the node or not (wire-facts 5.4).
    async fn external_users(&self, source: &SourceType) -> Result<Vec<ExternalUser>, NodeError>;

    /// Creates the accounts of users of a supplier. Refused where the node does not allow it on demand.
    async fn provision_users(
        &self,
        source: &SourceType,
        users: &[ExternalUser],
    ) -> Result<(), NodeError>;

    /// Refreshes users from their suppliers, as a login there would (wire-facts 5.1): mapped groups
    /// follow, and who is not supplied any more may be disabled (R-L5). Refused where the supplier's
    /// settings do not allow it on demand. Safe to repeat. Without a user nothing is asked: to a node no
    /// list means all users.
    async fn resync(&self, users: &[Login]) -> Result<(), NodeError>;

    /// The node's rules for accounts, besides its LDAP settings. A part that is unknown is recorded as an
    /// error in its field.
    async fn account_rules(&self) -> Result<AccountRules, NodeError>;

    /// Lets a user log in, or keeps the user out. Safe to repeat.
    async fn set_user_enabled(&self, login: &Login, enabled: bool) -> Result<(), NodeError>;

    /// Creates a personal API key for a user. Only this response has its secret.
    async fn create_personal_key(&self, key: &NewPersonalKey) -> Result<PersonalKey, NodeError>;
}

/// A user as a supplier describes it (wire-facts 5.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExternalUser {
    /// The login, after the node's remapping.
    pub login: Login,
    /// The name that people see.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The groups there.
    #[serde(default)]
    pub source_group_names: Vec<String>,
    /// The groups of the node that they map to.
    #[serde(default)]
    pub dku_group_names: Vec<GroupName>,
}

impl ExternalUser {
    /// A user of whom the supplier says the login only.
    #[must_use]
    pub fn new(login: Login) -> Self {
        Self {
            login,
            display_name: None,
            email: None,
            source_group_names: Vec::new(),
            dku_group_names: Vec::new(),
        }
    }
}

/// A personal API key to create.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewPersonalKey {
    /// Whose key it is.
    pub user: Login,
    /// A name for it.
    pub label: String,
    /// What it is for.
    pub description: String,
}

impl NewPersonalKey {
    /// A key of a user, without a description.
    #[must_use]
    pub fn new(user: Login, label: impl Into<String>) -> Self {
        Self { user, label: label.into(), description: String::new() }
    }
}

setters!(NewPersonalKey {
    with_description(description: impl Into<String>),
});

/// A personal API key that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PersonalKey {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: ApiKeySecret,
}

impl PersonalKey {
    /// A key.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: ApiKeySecret) -> Self {
        Self { id: id.into(), secret }
    }
}

/// What a node lays down for accounts, beside its LDAP settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountRules {
    /// Single sign-on.
    pub sso: Result<SupplierRules, NodeErrorKind>,
    /// The Azure AD supplier.
    pub azure_ad: Result<SupplierRules, NodeErrorKind>,
    /// The profiles that the licence has.
    pub profiles: Result<BTreeSet<String>, NodeErrorKind>,
    /// The global API keys that end at some time, by their id, with that time.
    pub ending_keys: Result<Vec<(String, Timestamp)>, NodeErrorKind>,
}

impl AccountRules {
    /// What a node says, each part on its own.
    #[must_use]
    pub fn new(
        sso: Result<SupplierRules, NodeErrorKind>,
        azure_ad: Result<SupplierRules, NodeErrorKind>,
        profiles: Result<BTreeSet<String>, NodeErrorKind>,
        ending_keys: Result<Vec<(String, Timestamp)>, NodeErrorKind>,
    ) -> Self {
        Self { sso, azure_ad, profiles, ending_keys }
    }
}

/// What the settings of a supplier say of accounts (wire-facts 5.6). What they do not say is none:
/// no source lists all their fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SupplierRules {
    /// Whether it is on.
    pub enabled: bool,
    /// Whether the first login creates the account.
    pub provisions_at_login: Option<bool>,
    /// Whether a login refreshes the account.
    pub syncs_at_login: Option<bool>,
    /// Whether an administrator may create accounts by API.
    pub provisions_on_demand: Option<bool>,
    /// Whether an administrator may refresh accounts by API.
    pub syncs_on_demand: Option<bool>,
}
