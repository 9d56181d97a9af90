//! Published projects: collections of bundles, with rights of their own.

use serde_json::{Map, Value};

use crate::document::{Fields, FromFields, Writer};
use crate::identifier::{Login, ProjectKey};
use crate::problem::Problems;
use crate::rights::{ProjectGrant, note_groups_granted_twice};
use crate::unknown_fields::UnknownFields;

/// The settings of a published project (wire-facts 2.7).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishedProjectSettings {
    /// The key, which never changes.
    pub id: ProjectKey,
    /// The display name.
    pub name: String,
    /// The owner on the Deployer, who need not be the owner of the design project (R-P7, R-P10).
    pub owner: Option<Login>,
    /// The rights of groups, one entry each.
    pub permissions: Vec<ProjectGrant>,
    /// Picture information, opaque.
    pub basic_image_info: UnknownFields,
    /// All other fields, unchanged.
    pub extra: UnknownFields,
}

impl PublishedProjectSettings {
    /// A published project with rights only for its owner.
    #[must_use]
    pub fn new(id: ProjectKey, owner: Login) -> Self {
        Self {
            name: id.as_str().to_owned(),
            id,
            owner: Some(owner),
            permissions: Vec::new(),
            basic_image_info: UnknownFields::default(),
            extra: UnknownFields::default(),
        }
    }

    /// The product's document.
    #[must_use]
    pub fn to_document(&self) -> Value {
        Writer::default()
            .set("id", &self.id)
            .set("name", &self.name)
            .set_some("owner", self.owner.as_ref())
            .set("permissions", &self.permissions)
            .set("basicImageInfo", &self.basic_image_info)
            .rest(&self.extra)
    }

    /// The rules on several fields: the permissions list each group once.
    ///
    /// # Errors
    ///
    /// Every rule that is broken.
    pub fn validate(&self) -> Result<(), Problems> {
        let mut problems = Problems::none();
        note_groups_granted_twice(self.permissions.iter().map(|grant| &grant.group), &mut problems);
        problems.or_value(())
    }
}

impl FromFields for PublishedProjectSettings {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let id: Option<ProjectKey> = fields.required("id", "a project key such as `CHURN`");
        let name = fields.filled_text("name");
        let image: Map<String, Value> = fields.map("basicImageInfo");
        let settings = Self {
            owner: fields.parsed("owner"),
            permissions: fields.list("permissions"),
            basic_image_info: image.into(),
            extra: fields.rest(),
            name: name.or_else(|| id.as_ref().map(ToString::to_string)).unwrap_or_default(),
            id: id?,
        };
        Some(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document as _;
    use crate::problem::ProblemCode;

    #[test]
    fn a_document_survives_a_read_and_a_write() {
        let document = serde_json::json!({
            "id": "CHURN", "name": "Customer churn", "owner": "mina", "basicImageInfo": {"hash": 4},
            "permissions": [{"group": "ops", "admin": false, "read": true, "write": false, "deploy": true}],
            "addedIn16": {"a": 1}
        });
        let read = PublishedProjectSettings::from_document(document.clone()).unwrap();
        assert_eq!(read.to_document(), document);
    }

    #[test]
    fn a_group_granted_twice_is_refused() {
        let text = br#"{"id": "CHURN", "permissions": [{"group": "ops"}, {"group": "ops"}]}"#;
        let problems = PublishedProjectSettings::from_json(text).unwrap().validate().unwrap_err();
        assert!(problems.has("permissions[1].group", ProblemCode::Duplicate));
    }
}
