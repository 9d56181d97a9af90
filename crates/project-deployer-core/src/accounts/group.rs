use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SourceType;
use crate::document::Document as _;
use crate::document::{Fields, FromFields};
use crate::identifier::GroupName;
use crate::problem::Problems;
use crate::setters;
use crate::unknown_fields::UnknownFields;

/// A group of users on a node (wire-facts 5.3). Permission flags without a use here stay among the unknown
/// fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Value")]
#[non_exhaustive]
pub struct Group {
    /// The name.
    pub name: GroupName,
    /// The description.
    pub description: String,
    /// The source of the group.
    pub source_type: SourceType,
    /// Whether its members are global administrators.
    pub admin: bool,
    /// LDAP groups whose members belong to this one (R-L6). Older releases write comma text.
    pub ldap_group_names: Vec<String>,
    /// Whether its members may create projects on that node.
    pub may_create_projects: bool,
    /// Whether its members may create published projects on a Deployer (R-P10).
    pub may_create_published_projects: bool,
    /// Whether its members may write in the root project folder.
    pub may_write_in_root_project_folder: bool,
    /// All other fields, unchanged.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

impl Group {
    /// A local group without any permission.
    #[must_use]
    pub fn new(name: GroupName) -> Self {
        Self {
            name,
            description: String::new(),
            source_type: SourceType::Local,
            admin: false,
            ldap_group_names: Vec::new(),
            may_create_projects: false,
            may_create_published_projects: false,
            may_write_in_root_project_folder: false,
            extra: UnknownFields::default(),
        }
    }
}

setters!(Group {
    with_description(description: impl Into<String>),
    with_source_type(source_type: SourceType),
    with_admin(admin: bool),
    with_ldap_group_names(ldap_group_names: Vec<String>),
    with_may_create_projects(may_create_projects: bool),
    with_may_create_published_projects(may_create_published_projects: bool),
    with_may_write_in_root_project_folder(may_write_in_root_project_folder: bool),
});

impl FromFields for Group {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let name = fields.required("name", "the name of the group");
        let group = Self {
            description: fields.text("description").unwrap_or_default(),
            source_type: fields.text("sourceType").map(SourceType::from).unwrap_or_default(),
            admin: fields.flag("admin"),
            ldap_group_names: fields.texts("ldapGroupNames"),
            may_create_projects: fields.flag("mayCreateProjects"),
            may_create_published_projects: fields.flag("mayCreatePublishedProjects"),
            may_write_in_root_project_folder: fields.flag("mayWriteInRootProjectFolder"),
            extra: fields.rest(),
            name: name?,
        };
        Some(group)
    }
}

impl TryFrom<Value> for Group {
    type Error = Problems;

    fn try_from(document: Value) -> Result<Self, Problems> {
        Self::from_document(document)
    }
}
