use std::collections::BTreeSet;

use project_deployer_core::accounts::SourceType;
use project_deployer_core::{GroupName, Login, setters};
use serde::{Deserialize, Serialize};

use super::OrNone;

/// A group of the Deployer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct GroupEntry {
    /// The name.
    pub name: GroupName,
    /// The description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it comes from. It never changes (R-L10); a new group is `LOCAL` without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_type: Option<SourceType>,
    /// Whether its members are global administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin: Option<bool>,
    /// Groups of the directory whose members belong to it (R-L6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ldap_group_names: Option<BTreeSet<String>>,
    /// Whether its members may create projects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_create_projects: Option<bool>,
    /// Whether its members may create published projects (R-P10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_create_published_projects: Option<bool>,
    /// Whether its members may write in the root project folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_write_in_root_project_folder: Option<bool>,
}

impl GroupEntry {
    /// A group whose settings are left alone.
    #[must_use]
    pub fn new(name: GroupName) -> Self {
        Self {
            name,
            description: None,
            source_type: None,
            admin: None,
            ldap_group_names: None,
            may_create_projects: None,
            may_create_published_projects: None,
            may_write_in_root_project_folder: None,
        }
    }
}

setters!(GroupEntry {
    with_description(description: Option<String>),
    with_source_type(source_type: Option<SourceType>),
    with_admin(admin: Option<bool>),
    with_ldap_group_names(ldap_group_names: Option<BTreeSet<String>>),
    with_may_create_projects(may_create_projects: Option<bool>),
    with_may_create_published_projects(may_create_published_projects: Option<bool>),
    with_may_write_in_root_project_folder(may_write_in_root_project_folder: Option<bool>),
});

/// A user of the Deployer. It has no password and no key: these are set elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct UserEntry {
    /// The login.
    pub login: Login,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<OrNone<String>>,
    /// Where it comes from. It never changes (R-L10); a new user is `LOCAL` without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_type: Option<SourceType>,
    /// The licence profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<OrNone<String>>,
    /// All its groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<BTreeSet<GroupName>>,
    /// Whether it may log in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

impl UserEntry {
    /// A user whose settings are left alone.
    #[must_use]
    pub fn new(login: Login) -> Self {
        Self {
            login,
            display_name: None,
            email: None,
            source_type: None,
            profile: None,
            groups: None,
            enabled: None,
        }
    }
}

setters!(UserEntry {
    with_display_name(display_name: Option<String>),
    with_email(email: Option<OrNone<String>>),
    with_source_type(source_type: Option<SourceType>),
    with_profile(profile: Option<OrNone<String>>),
    with_groups(groups: Option<BTreeSet<GroupName>>),
    with_enabled(enabled: Option<bool>),
});
