use serde_json::{Map, Value};

use super::BundleBuilder;
use crate::other_fields::OtherFields;
use crate::seed::MockPermission;

/// What a node adds when it makes an archive of a project.
pub(crate) struct Exported<'a> {
    /// None for the export of a project, which is no bundle.
    pub(crate) bundle_id: Option<&'a str>,
    pub(crate) by: &'a str,
    pub(crate) on: i64,
    pub(crate) release_notes: Option<String>,
    pub(crate) node_id: &'a str,
    pub(crate) release: &'a str,
}

/// What a node knows better than the bundle that a project was seeded with.
impl BundleBuilder {
    /// The same project in another archive, as a user creates it on a node.
    pub(crate) fn exported_as(mut self, exported: Exported<'_>) -> Self {
        self.is_bundle = exported.bundle_id.is_some();
        exported.bundle_id.unwrap_or_default().clone_into(&mut self.bundle_id);
        exported.node_id.clone_into(&mut self.design_node);
        exported.release.clone_into(&mut self.release);
        self.exported_by = Some(exported.by.to_owned());
        self.exported_on = exported.on;
        self.release_notes = exported.release_notes;
        self
    }

    pub(crate) fn design_owner(&self) -> &str {
        &self.owner
    }

    pub(crate) fn set_tags(&mut self, tags: impl IntoIterator<Item = String>) {
        self.tags = tags.into_iter().collect();
    }

    pub(crate) fn set_permissions(&mut self, permissions: &[MockPermission]) {
        self.permissions = permissions.to_vec();
    }

    pub(crate) fn set_variables(&mut self, variables: &Map<String, Value>) {
        self.variables = OtherFields(variables.clone());
    }

    /// The settings of the project, without those that belong to a node.
    pub(crate) fn set_settings(&mut self, settings: &Map<String, Value>) {
        let mut settings = settings.clone();
        settings.remove("bundleContainerSettings");
        self.settings = OtherFields(settings);
    }
}
