use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::debug_fields::debug_fields;
use crate::other_fields::OtherFields;

/// The settings of the LDAP supplier (wire-facts 5.6). The mock acts on those that decide who
/// may get an account; filters and attributes are kept and returned, since a [`MockDirectory`] is no LDAP
/// server.
///
/// [`MockDirectory`]: crate::MockDirectory
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[must_use]
#[non_exhaustive]
pub struct MockLdapSettings {
    /// Whether the supplier is on.
    pub enabled: bool,
    /// Whether it checks passwords, that is, whether its users may log in.
    pub authentication_enabled: bool,
    /// `ldap[s]://HOST[:PORT]/BASE`.
    pub url: String,
    /// StartTLS.
    pub use_tls: bool,
    /// Who reads the directory.
    #[serde(rename = "bindDN")]
    pub bind_dn: String,
    /// The reader's password.
    pub bind_password: String,
    /// How a person is found by login.
    pub user_filter: String,
    /// The attribute of the login.
    pub username_attribute: String,
    /// The attribute of the display name.
    pub display_name_attribute: String,
    /// The attribute of the mail address.
    pub email_attribute: String,
    /// Whether groups are fetched.
    pub enable_groups: bool,
    /// How the groups of a person are found.
    pub group_filter: String,
    /// The attribute of the name of a group.
    pub group_name_attribute: String,
    /// The directory groups whose members may have an account; none means all people.
    pub authorized_groups: Vec<String>,
    /// Whether a first login makes the account.
    pub auto_import_users: bool,
    /// Whether each login refreshes it.
    pub auto_sync_users_at_login_time: bool,
    /// Whether administrators may refresh accounts.
    pub allow_on_demand_users_sync: bool,
    /// Whether administrators may make accounts.
    pub allow_on_demand_users_provisioning: bool,
    /// The profile of new users.
    pub default_user_profile: String,
    /// Profiles by directory group. Kept, not acted on: no source names their keys.
    pub group_profiles: Vec<Value>,
    /// How all users are listed.
    pub all_users_filter: String,
    /// How all groups are listed.
    pub all_groups_filter: String,
    /// The attribute of the members.
    pub group_membership_attribute: String,
    /// The kind of values of that attribute.
    pub group_membership_user_attribute: String,
    /// Replacements of logins. Kept and returned; see
    /// [`remaps_logins`](crate::MockNodeBuilder::remaps_logins).
    pub remapping_rules: Vec<Value>,
    /// Everything else.
    #[serde(flatten)]
    pub other: OtherFields,
}

impl Default for MockLdapSettings {
    /// Off. The values are those of a form when a user turns it on.
    fn default() -> Self {
        Self {
            enabled: false,
            authentication_enabled: true,
            url: "ldap://directory.example.test/dc=example,dc=test".to_owned(),
            use_tls: false,
            bind_dn: String::new(),
            bind_password: String::new(),
            user_filter: "(&(objectClass=posixAccount)(uid={USERNAME}))".to_owned(),
            username_attribute: "uid".to_owned(),
            display_name_attribute: "cn".to_owned(),
            email_attribute: "mail".to_owned(),
            enable_groups: true,
            group_filter: "(&(objectClass=posixGroup)(memberUid={USERNAME}))".to_owned(),
            group_name_attribute: "cn".to_owned(),
            authorized_groups: Vec::new(),
            auto_import_users: true,
            auto_sync_users_at_login_time: false,
            allow_on_demand_users_sync: false,
            allow_on_demand_users_provisioning: false,
            default_user_profile: "READER".to_owned(),
            group_profiles: Vec::new(),
            all_users_filter: "(objectClass=posixAccount)".to_owned(),
            all_groups_filter: "(objectClass=posixGroup)".to_owned(),
            group_membership_attribute: "memberUid".to_owned(),
            group_membership_user_attribute: "UID".to_owned(),
            remapping_rules: Vec::new(),
            other: OtherFields::default(),
        }
    }
}

impl MockLdapSettings {
    /// On, with accounts at first login.
    pub fn on() -> Self {
        Self { enabled: true, ..Self::default() }
    }

    /// Adds a directory group whose members may have an account. All other people may not.
    pub fn authorizing(mut self, ldap_group: impl Into<String>) -> Self {
        self.authorized_groups.push(ldap_group.into());
        self
    }

    /// For the directory at this URL.
    pub fn at(self, url: impl Into<String>) -> Self {
        Self { url: url.into(), ..self }
    }

    /// With StartTLS or without.
    pub fn with_use_tls(self, use_tls: bool) -> Self {
        Self { use_tls, ..self }
    }

    /// No account at first login.
    pub fn without_auto_import(self) -> Self {
        Self { auto_import_users: false, ..self }
    }

    /// Administrators may make and refresh accounts.
    pub fn on_demand(self) -> Self {
        Self { allow_on_demand_users_sync: true, allow_on_demand_users_provisioning: true, ..self }
    }

    /// New users get this profile.
    pub fn giving_profile(self, profile: impl Into<String>) -> Self {
        Self { default_user_profile: profile.into(), ..self }
    }
}

debug_fields!(MockLdapSettings {
    enabled,
    url,
    authorized_groups,
    auto_import_users,
    allow_on_demand_users_sync,
    allow_on_demand_users_provisioning
});
