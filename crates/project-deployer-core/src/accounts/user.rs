use serde::{Deserialize, Deserializer, Serialize};

use super::SourceType;
use crate::identifier::{GroupName, Login};
use crate::problem::Problems;
use crate::unknown_fields::UnknownFields;

/// A user of a node of the product (`wire-facts.md` 5.1). Passwords are never read; secrets and
/// credentials of the user stay among the unknown fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The login: identifies the user and never changes.
    pub login: Login,
    /// The name that people see.
    #[serde(default, deserialize_with = "null_as_default")]
    pub display_name: String,
    /// The mail address, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The groups of the user on that node.
    #[serde(default, deserialize_with = "null_as_default")]
    pub groups: Vec<GroupName>,
    /// Who supplies the user.
    #[serde(default)]
    pub source_type: SourceType,
    /// The licence profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_profile: Option<String>,
    /// Whether the user may log in. A document that does not say so means yes.
    #[serde(default = "enabled_by_default")]
    pub enabled: bool,
    /// Everything else, kept as it is.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl User {
    /// An enabled user with a login and nothing else.
    #[must_use]
    pub fn new(login: Login, source_type: SourceType) -> Self {
        Self {
            display_name: login.as_str().to_owned(),
            login,
            email: None,
            groups: Vec::new(),
            source_type,
            user_profile: None,
            enabled: true,
            extra: UnknownFields::default(),
        }
    }

    /// The user in these groups.
    #[must_use]
    pub fn in_groups(mut self, groups: impl IntoIterator<Item = GroupName>) -> Self {
        self.groups = groups.into_iter().collect();
        self
    }

    /// Reads the product's document.
    ///
    /// # Errors
    ///
    /// It is not JSON, has a field of another type, or a login or group that breaks its rule.
    pub fn from_json(text: &[u8]) -> Result<Self, Problems> {
        super::ldap_settings::read_derived(text)
    }
}

fn enabled_by_default() -> bool {
    true
}

pub(super) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
