mod listed;
mod plain;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SourceType;
use crate::document::Document as _;
use crate::document::{Fields, FromFields};
use crate::identifier::{GroupName, Login};
use crate::problem::Problems;
use crate::setters;
use crate::unknown_fields::UnknownFields;

pub(super) use listed::{Listed, ListedField};
pub(super) use plain::{PlainUser, UserScratch};

/// A user on a node (wire-facts 5.1). Passwords are never read. Secrets and credentials of the user stay
/// among the unknown fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
#[non_exhaustive]
pub struct User {
    /// The login: identifies the user and never changes.
    pub login: Login,
    /// The display name.
    pub display_name: String,
    /// The mail address, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The groups of the user on that node.
    pub groups: Vec<GroupName>,
    /// The source of the user.
    pub source_type: SourceType,
    /// The licence profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_profile: Option<String>,
    /// Whether the user may log in; absent means yes.
    pub enabled: bool,
    /// All other fields, unchanged.
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
}

setters!(User {
    with_display_name(display_name: impl Into<String>),
    with_email(email: Option<String>),
    with_user_profile(user_profile: Option<String>),
    with_enabled(enabled: bool),
});

impl FromFields for User {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let login = fields.required("login", "the login of the user");
        let user = Self {
            display_name: fields.text("displayName").unwrap_or_default(),
            email: fields.text("email"),
            groups: fields.parsed_list("groups"),
            source_type: fields.text("sourceType").map(SourceType::from).unwrap_or_default(),
            user_profile: fields.text("userProfile"),
            enabled: fields.flag_or("enabled", true),
            extra: fields.rest(),
            login: login?,
        };
        Some(user)
    }
}

impl TryFrom<Value> for User {
    type Error = Problems;

    fn try_from(document: Value) -> Result<Self, Problems> {
        Self::from_document(document)
    }
}
