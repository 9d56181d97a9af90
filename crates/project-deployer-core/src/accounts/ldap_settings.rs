use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{Fields, FromFields, Writer};
use crate::setters;
use crate::unknown_fields::UnknownFields;

/// The settings of a node's LDAP supplier (wire-facts 5.6).
///
/// The bind password is a secret: `Debug` hides it, and only [`LdapSettings::to_document`] writes it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct LdapSettings {
    /// Whether LDAP is on.
    pub enabled: bool,
    /// Whether it authenticates users; otherwise it only supplies them.
    pub authentication_enabled: bool,
    /// `ldap[s]://HOST[:PORT]/BASE`.
    pub url: String,
    /// StartTLS; only with `ldap://`.
    pub use_tls: bool,
    /// The bind DN; none means an anonymous bind.
    pub bind_dn: Option<String>,
    /// The password of the bind.
    pub bind_password: Option<SecretString>,
    /// Finds one user, with `{USERNAME}`.
    pub user_filter: String,
    /// The attribute that is the login.
    pub username_attribute: String,
    /// The attribute that is the display name.
    pub display_name_attribute: Option<String>,
    /// The attribute that is the mail address.
    pub email_attribute: Option<String>,
    /// Whether groups are fetched.
    pub enable_groups: bool,
    /// Finds the groups of one user, with `{USERNAME}` or `{USERDN}`.
    pub group_filter: Option<String>,
    /// The attribute that is the name of a group.
    pub group_name_attribute: Option<String>,
    /// Only members of one of these directory groups are authorized; empty authorizes every user.
    pub authorized_groups: Vec<String>,
    /// Creates the account at the first login (R-L3, R-L4).
    pub auto_import_users: bool,
    /// Refreshes the account at each login.
    pub auto_sync_users_at_login_time: bool,
    /// An administrator may resync users by API.
    pub allow_on_demand_users_sync: bool,
    /// An administrator may create the accounts of directory users by API.
    pub allow_on_demand_users_provisioning: bool,
    /// The profile of a new account.
    pub default_user_profile: Option<String>,
    /// Lists all users.
    pub all_users_filter: Option<String>,
    /// Lists all groups.
    pub all_groups_filter: Option<String>,
    /// The attribute of a group that lists its members.
    pub group_membership_attribute: Option<String>,
    /// How that attribute names a member: `DN`, or an attribute such as `UID`.
    pub group_membership_user_attribute: Option<String>,
    /// Search and replace on the login, in order (R-L9).
    pub remapping_rules: Vec<RemappingRule>,
    /// All other fields, unchanged.
    pub extra: UnknownFields,
}

setters!(LdapSettings {
    with_enabled(enabled: bool),
    with_authentication_enabled(authentication_enabled: bool),
    with_url(url: impl Into<String>),
    with_use_tls(use_tls: bool),
    with_bind_dn(bind_dn: Option<String>),
    with_bind_password(bind_password: Option<SecretString>),
    with_user_filter(user_filter: impl Into<String>),
    with_username_attribute(username_attribute: impl Into<String>),
    with_display_name_attribute(display_name_attribute: Option<String>),
    with_email_attribute(email_attribute: Option<String>),
    with_enable_groups(enable_groups: bool),
    with_group_filter(group_filter: Option<String>),
    with_group_name_attribute(group_name_attribute: Option<String>),
    with_authorized_groups(authorized_groups: Vec<String>),
    with_auto_import_users(auto_import_users: bool),
    with_auto_sync_users_at_login_time(auto_sync_users_at_login_time: bool),
    with_allow_on_demand_users_sync(allow_on_demand_users_sync: bool),
    with_allow_on_demand_users_provisioning(allow_on_demand_users_provisioning: bool),
    with_default_user_profile(default_user_profile: Option<String>),
    with_all_users_filter(all_users_filter: Option<String>),
    with_all_groups_filter(all_groups_filter: Option<String>),
    with_group_membership_attribute(group_membership_attribute: Option<String>),
    with_group_membership_user_attribute(group_membership_user_attribute: Option<String>),
    with_remapping_rules(remapping_rules: Vec<RemappingRule>),
});

/// One search-and-replace rule on logins (R-L9), in Java's regular-expression style.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RemappingRule {
    /// The pattern to find.
    pub rule_from: String,
    /// The replacement, with `$1` for a group of the pattern.
    #[serde(default)]
    pub rule_to: String,
}

impl RemappingRule {
    /// Replaces what the pattern finds.
    #[must_use]
    pub fn new(rule_from: impl Into<String>, rule_to: impl Into<String>) -> Self {
        Self { rule_from: rule_from.into(), rule_to: rule_to.into() }
    }
}

impl LdapSettings {
    /// The product's document, with the bind password in clear: for the node itself, or sealed.
    #[must_use]
    pub fn to_document(&self) -> Value {
        Writer::default()
            .set("enabled", self.enabled)
            .set("authenticationEnabled", self.authentication_enabled)
            .set("url", &self.url)
            .set("useTls", self.use_tls)
            .set_some("bindDN", self.bind_dn.as_deref())
            .set_some(
                "bindPassword",
                self.bind_password.as_ref().map(|secret| secret.expose_secret()),
            )
            .set("userFilter", &self.user_filter)
            .set("usernameAttribute", &self.username_attribute)
            .set_some("displayNameAttribute", self.display_name_attribute.as_deref())
            .set_some("emailAttribute", self.email_attribute.as_deref())
            .set("enableGroups", self.enable_groups)
            .set_some("groupFilter", self.group_filter.as_deref())
            .set_some("groupNameAttribute", self.group_name_attribute.as_deref())
            .set("authorizedGroups", &self.authorized_groups)
            .set("autoImportUsers", self.auto_import_users)
            .set("autoSyncUsersAtLoginTime", self.auto_sync_users_at_login_time)
            .set("allowOnDemandUsersSync", self.allow_on_demand_users_sync)
            .set("allowOnDemandUsersProvisioning", self.allow_on_demand_users_provisioning)
            .set_some("defaultUserProfile", self.default_user_profile.as_deref())
            .set_some("allUsersFilter", self.all_users_filter.as_deref())
            .set_some("allGroupsFilter", self.all_groups_filter.as_deref())
            .set_some("groupMembershipAttribute", self.group_membership_attribute.as_deref())
            .set_some(
                "groupMembershipUserAttribute",
                self.group_membership_user_attribute.as_deref(),
            )
            .set("remappingRules", &self.remapping_rules)
            .rest(&self.extra)
    }
}

impl FromFields for LdapSettings {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let settings = Self {
            enabled: fields.flag("enabled"),
            authentication_enabled: fields.flag("authenticationEnabled"),
            url: fields.text("url").unwrap_or_default(),
            use_tls: fields.flag("useTls"),
            bind_dn: fields.filled_text("bindDN"),
            bind_password: fields.filled_text("bindPassword").map(SecretString::from),
            user_filter: fields.text("userFilter").unwrap_or_default(),
            username_attribute: fields.text("usernameAttribute").unwrap_or_default(),
            display_name_attribute: fields.filled_text("displayNameAttribute"),
            email_attribute: fields.filled_text("emailAttribute"),
            enable_groups: fields.flag("enableGroups"),
            group_filter: fields.filled_text("groupFilter"),
            group_name_attribute: fields.filled_text("groupNameAttribute"),
            authorized_groups: fields.texts("authorizedGroups"),
            auto_import_users: fields.flag("autoImportUsers"),
            auto_sync_users_at_login_time: fields.flag("autoSyncUsersAtLoginTime"),
            allow_on_demand_users_sync: fields.flag("allowOnDemandUsersSync"),
            allow_on_demand_users_provisioning: fields.flag("allowOnDemandUsersProvisioning"),
            default_user_profile: fields.filled_text("defaultUserProfile"),
            all_users_filter: fields.filled_text("allUsersFilter"),
            all_groups_filter: fields.filled_text("allGroupsFilter"),
            group_membership_attribute: fields.filled_text("groupMembershipAttribute"),
            group_membership_user_attribute: fields.filled_text("groupMembershipUserAttribute"),
            remapping_rules: fields.list("remappingRules"),
            extra: fields.rest(),
        };
        Some(settings)
    }
}

impl FromFields for RemappingRule {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let rule_from = fields.required_text("ruleFrom", "the pattern to search for")?;
        Some(Self { rule_from, rule_to: fields.text("ruleTo").unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests;
