use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::debug_fields::debug_fields;
use crate::other_fields::OtherFields;
use crate::state::settings::object;

/// Where an account comes from (`sourceType`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum AccountSource {
    /// Made on the node, with a password there.
    #[default]
    Local,
    /// Made on the node, without a password.
    LocalNoAuth,
    /// Supplied by an LDAP directory.
    Ldap,
    /// Supplied by the vendor's cloud.
    Saas,
    /// Supplied by Azure AD.
    AzureAd,
    /// Supplied by single sign-on.
    Sso,
    /// Supplied by the operating system.
    Pam,
    /// Supplied by a plugin.
    Custom,
}

/// A user account of a node (wire-facts 5.1).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MockUser {
    /// The login; it never changes.
    pub login: String,
    /// The name that people see.
    #[serde(default, deserialize_with = "null_as_default")]
    pub display_name: String,
    /// The mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The groups of the node that the user is in.
    #[serde(default, deserialize_with = "null_as_default")]
    pub groups: Vec<String>,
    /// Where the account comes from.
    #[serde(default)]
    pub source_type: AccountSource,
    /// The profile of the licence.
    #[serde(default, deserialize_with = "null_as_default")]
    pub user_profile: String,
    /// Whether the user may log in.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Everything else.
    #[serde(flatten)]
    pub other: OtherFields,
}

fn yes() -> bool {
    true
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A list of names; older releases wrote it as one text with commas (wire-facts 7.9).
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        List(Vec<String>),
        Text(String),
    }
    let text = |text: String| {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    };
    Ok(match Option::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Names::List(names)) => names,
        Some(Names::Text(names)) => text(names),
    })
}

impl MockUser {
    /// An enabled local user in no group.
    #[must_use]
    pub fn new(login: impl Into<String>) -> Self {
        let login = login.into();
        Self {
            display_name: login.clone(),
            login,
            email: None,
            groups: Vec::new(),
            source_type: AccountSource::Local,
            user_profile: "FULL_DESIGNER".to_owned(),
            enabled: true,
            other: OtherFields::default(),
        }
    }

    /// With a name for people.
    #[must_use]
    pub fn named(self, display_name: impl Into<String>) -> Self {
        Self { display_name: display_name.into(), ..self }
    }

    /// In one more group.
    #[must_use]
    pub fn in_group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// From another source.
    #[must_use]
    pub fn from_source(self, source_type: AccountSource) -> Self {
        Self { source_type, ..self }
    }

    /// With another profile.
    #[must_use]
    pub fn with_profile(self, profile: impl Into<String>) -> Self {
        Self { user_profile: profile.into(), ..self }
    }

    /// With a mail address.
    #[must_use]
    pub fn with_email(self, email: impl Into<String>) -> Self {
        Self { email: Some(email.into()), ..self }
    }

    /// Kept out.
    #[must_use]
    pub fn disabled(self) -> Self {
        Self { enabled: false, ..self }
    }

    /// The fields that administrators see; passwords, secrets and credentials are not.
    pub(crate) fn to_admin_json(&self) -> Value {
        const NEVER_TOLD: [&str; 3] = ["password", "secrets", "credentials"];
        let mut document = self.other.0.clone();
        document.retain(|name, _| !NEVER_TOLD.contains(&name.as_str()));
        document.extend(object(json!({
            "login": self.login,
            "displayName": self.display_name,
            "email": self.email,
            "groups": self.groups,
            "sourceType": self.source_type,
            "userProfile": self.user_profile,
            "enabled": self.enabled,
            "codeAllowed": true,
            "creationDate": 1_735_689_600_000_i64,
            "activeWebSocketSesssions": 0,
            "userProperties": {},
            "adminProperties": {},
        })));
        Value::Object(document)
    }

    /// The fields that users see of themselves.
    pub(crate) fn to_own_json(&self) -> Value {
        let mut reported = self.to_admin_json();
        for field in ["secrets", "credentials"] {
            if let Some(value) = self.other.0.get(field) {
                reported[field] = value.clone();
            }
        }
        reported
    }

    /// The fields that all users see.
    pub(crate) fn to_public_json(&self) -> Value {
        json!({
            "login": self.login,
            "displayName": self.display_name,
            "groups": self.groups,
            "email": self.email,
            "enabled": self.enabled,
        })
    }
}

debug_fields!(MockUser { login, groups, source_type, user_profile, enabled });

/// A group of a node (wire-facts 5.3).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[must_use]
#[non_exhaustive]
pub struct MockGroup {
    /// The name.
    pub name: String,
    /// What it is for.
    #[serde(deserialize_with = "null_as_default")]
    pub description: String,
    /// Where it comes from.
    pub source_type: AccountSource,
    /// Whether its members are global administrators.
    pub admin: bool,
    /// The directory's groups whose members are in it.
    #[serde(deserialize_with = "names")]
    pub ldap_group_names: Vec<String>,
    /// Whether its members may create projects.
    pub may_create_projects: bool,
    /// Whether they may put them into the root folder.
    pub may_write_in_root_project_folder: bool,
    /// Whether they may create published projects, on a Deployer.
    pub may_create_published_projects: bool,
    /// Everything else.
    #[serde(flatten)]
    pub other: OtherFields,
}

impl MockGroup {
    /// A local group that may do nothing.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// A group of global administrators.
    pub fn admins(name: impl Into<String>) -> Self {
        Self { name: name.into(), admin: true, ..Self::default() }
    }

    /// A group whose members may create projects, in the root folder too.
    pub fn creators(name: impl Into<String>) -> Self {
        Self::new(name).may_create_projects().may_write_in_root_project_folder()
    }

    /// Its members may create projects. Where, folders say.
    pub fn may_create_projects(self) -> Self {
        Self { may_create_projects: true, ..self }
    }

    /// Its members may put projects into the root folder.
    pub fn may_write_in_root_project_folder(self) -> Self {
        Self { may_write_in_root_project_folder: true, ..self }
    }

    /// Its members may create published projects, on a Deployer.
    pub fn may_create_published_projects(self) -> Self {
        Self { may_create_published_projects: true, ..self }
    }

    /// The members of one more directory group are in it (R-L6).
    pub fn mapped_to(mut self, ldap_group: impl Into<String>) -> Self {
        self.source_type = AccountSource::Ldap;
        self.ldap_group_names.push(ldap_group.into());
        self
    }
}
