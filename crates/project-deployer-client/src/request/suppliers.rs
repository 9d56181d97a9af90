//! Suppliers of users: their settings, and what they know (wire-facts 5.4, 5.6).

use project_deployer_core::UnknownFields;
use project_deployer_core::accounts::{LdapSettings, SourceType};
use serde::Serialize;

use super::{Call, NodeRequest};
use crate::documents;
use crate::node_accounts::ExternalUser;
use crate::response::decode;

/// The users to search for at a supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExternalSearch {
    /// Exactly this login, as it is spelled there.
    Login(String),
    /// Exactly this mail address.
    Email(String),
    /// The members of a group there.
    MembersOf(String),
}

/// Replaces the settings of the LDAP supplier. The body has the password of the bind in it. The
/// official client writes the path with two slashes; one is what it means.
pub fn save_ldap_settings(settings: &LdapSettings) -> Call<()> {
    let segments = ["admin", "iam", "ldap-settings"];
    NodeRequest::put("write LDAP settings", &segments, settings.to_document()).nothing()
}

/// Replaces the settings of single sign-on: change what [`sso_settings`] gave.
pub fn save_sso_settings(document: &impl Serialize) -> Call<()> {
    NodeRequest::put("write SSO settings", &["admin", "iam", "sso-settings"], document).nothing()
}

/// Replaces the settings of the Azure AD supplier: change what [`azure_ad_settings`] gave.
pub fn save_azure_ad_settings(document: &impl Serialize) -> Call<()> {
    NodeRequest::put("write Azure AD settings", &["admin", "iam", "azure-ad-settings"], document)
        .nothing()
}

/// The settings of single sign-on, a whole document with secrets in it.
pub fn sso_settings() -> Call<UnknownFields> {
    NodeRequest::get("read SSO settings", &["admin", "iam", "sso-settings"]).json()
}

/// The settings of the Azure AD supplier, a whole document with secrets in it.
pub fn azure_ad_settings() -> Call<UnknownFields> {
    NodeRequest::get("read Azure AD settings", &["admin", "iam", "azure-ad-settings"]).json()
}

/// The groups that a supplier knows of; the answer is a future.
pub fn external_groups(source: &SourceType) -> Call<Vec<String>> {
    NodeRequest::get(format!("list the groups of supplier {source}"), &["admin", "external-groups"])
        .with_query("userSourceType", source.as_str())
        .task()
        .bulk()
        .result(decode)
}

/// The users of a supplier that match, members of the node or not.
pub fn external_users(source: &SourceType, search: &ExternalSearch) -> Call<Vec<ExternalUser>> {
    let (name, text) = match search {
        ExternalSearch::Login(login) => ("login", login),
        ExternalSearch::Email(email) => ("email", email),
        ExternalSearch::MembersOf(group) => ("groupName", group),
    };
    let operation = format!("search the users of supplier {source}");
    NodeRequest::get(operation, &["admin", "external-users"])
        .with_query("userSourceType", source.as_str())
        .with_query(name, text)
        .task()
        .bulk()
        .result(documents::external_users)
}
