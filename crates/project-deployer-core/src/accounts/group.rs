use serde::{Deserialize, Deserializer, Serialize};

use super::SourceType;
use super::user::null_as_default;
use crate::identifier::GroupName;
use crate::problem::Problems;
use crate::unknown_fields::UnknownFields;

/// A group of users of a node of the product (`wire-facts.md` 5.3). Permission flags that we do not
/// use stay among the unknown fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The name.
    pub name: GroupName,
    /// What people should know of it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub description: String,
    /// Who supplies the group.
    #[serde(default)]
    pub source_type: SourceType,
    /// Whether its members are global administrators.
    #[serde(default)]
    pub admin: bool,
    /// LDAP groups whose members belong to this one (R-L6). Older releases write comma text.
    #[serde(default, deserialize_with = "names_or_comma_text")]
    pub ldap_group_names: Vec<String>,
    /// Whether its members may create projects on that node.
    #[serde(default)]
    pub may_create_projects: bool,
    /// Whether its members may create published projects on a Deployer (R-P10).
    #[serde(default)]
    pub may_create_published_projects: bool,
    /// Whether its members may write in the root project folder.
    #[serde(default)]
    pub may_write_in_root_project_folder: bool,
    /// Everything else, kept as it is.
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

    /// Reads the product's document.
    ///
    /// # Errors
    ///
    /// It is not JSON, has a field of another type, or a name that breaks its rule.
    pub fn from_json(text: &[u8]) -> Result<Self, Problems> {
        super::ldap_settings::read_derived(text)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NamesOrText {
    Names(Vec<String>),
    Text(String),
    Absent,
}

fn names_or_comma_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    Ok(match NamesOrText::deserialize(deserializer)? {
        NamesOrText::Names(names) => names,
        NamesOrText::Absent => Vec::new(),
        NamesOrText::Text(text) => text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}
