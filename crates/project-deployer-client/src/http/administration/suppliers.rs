use project_deployer_core::UnknownFields;
use project_deployer_core::accounts::{LdapSettings, SourceType};

use crate::documents;
use crate::error::NodeError;
use crate::http::HttpNode;
use crate::node_accounts::ExternalUser;
use crate::request::suppliers::{self, ExternalSearch};
use crate::response::decode;

impl HttpNode {
    /// Replaces the settings of the LDAP supplier: change what
    /// [`ldap_settings`](crate::NodeAccounts::ldap_settings) gave.
    pub async fn save_ldap_settings(&self, settings: &LdapSettings) -> Result<(), NodeError> {
        self.nothing(&suppliers::save_ldap_settings(settings)).await
    }

    /// The settings of single sign-on, a whole document with secrets in it.
    pub async fn sso_settings(&self) -> Result<UnknownFields, NodeError> {
        self.json(&suppliers::sso_settings()).await
    }

    /// The settings of the Azure AD supplier, a whole document with secrets in it.
    pub async fn azure_ad_settings(&self) -> Result<UnknownFields, NodeError> {
        self.json(&suppliers::azure_ad_settings()).await
    }

    /// Replaces the settings of single sign-on: change what [`Self::sso_settings`] gave.
    pub async fn save_sso_settings(&self, document: &UnknownFields) -> Result<(), NodeError> {
        self.nothing(&suppliers::save_sso_settings(documents::written(document))).await
    }

    /// Replaces the settings of the Azure AD supplier: change what [`Self::azure_ad_settings`] gave.
    pub async fn save_azure_ad_settings(&self, document: &UnknownFields) -> Result<(), NodeError> {
        self.nothing(&suppliers::save_azure_ad_settings(documents::written(document))).await
    }

    /// The names of the groups that a supplier knows of.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the supplier cannot be asked.
    pub async fn external_groups(&self, source: &SourceType) -> Result<Vec<String>, NodeError> {
        self.result(&suppliers::external_groups(source), decode).await
    }

    /// The users of a supplier that match, members of the node or not.
    ///
    /// # Errors
    ///
    /// As for every call to a node, or the supplier cannot be asked.
    pub async fn find_external_users(
        &self,
        source: &SourceType,
        search: &ExternalSearch,
    ) -> Result<Vec<ExternalUser>, NodeError> {
        let request = suppliers::external_users(source, search);
        self.result(&request, documents::external_users).await
    }
}
