//! Suppliers of users: their settings, and what they know (wire-facts 5.4, 5.6).

use project_deployer_core::accounts::{LdapSettings, SourceType};
use serde_json::Value;

use super::NodeRequest;

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
pub fn save_ldap_settings(settings: &LdapSettings) -> NodeRequest {
    let segments = ["admin", "iam", "ldap-settings"];
    NodeRequest::put("write LDAP settings", &segments, settings.to_document())
}

/// Replaces the settings of single sign-on.
pub fn save_sso_settings(document: Value) -> NodeRequest {
    NodeRequest::put("write SSO settings", &["admin", "iam", "sso-settings"], document)
}

/// Replaces the settings of the Azure AD supplier.
pub fn save_azure_ad_settings(document: Value) -> NodeRequest {
    NodeRequest::put("write Azure AD settings", &["admin", "iam", "azure-ad-settings"], document)
}

/// The settings of single sign-on.
pub fn sso_settings() -> NodeRequest {
    NodeRequest::get("read SSO settings", &["admin", "iam", "sso-settings"])
}

/// The settings of the Azure AD supplier.
pub fn azure_ad_settings() -> NodeRequest {
    NodeRequest::get("read Azure AD settings", &["admin", "iam", "azure-ad-settings"])
}

/// The groups that a supplier knows of; the answer is a future.
pub fn external_groups(source: &SourceType) -> NodeRequest {
    NodeRequest::get(format!("list the groups of supplier {source}"), &["admin", "external-groups"])
        .with_query("userSourceType", source.as_str())
        .task()
        .bulk()
}

/// The users of a supplier that match; the answer is a future.
pub fn external_users(source: &SourceType, search: &ExternalSearch) -> NodeRequest {
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
}
