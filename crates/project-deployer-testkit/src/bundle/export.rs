use serde_json::{Map, Value};

use super::BundleBuilder;
use crate::other_fields::OtherFields;
use crate::seed::MockPermission;

/// What a node knows better than the bundle that a project was seeded with.
impl BundleBuilder {
    /// The same project in another bundle, as a user creates it on a node.
    pub(crate) fn exported_as(
        mut self,
        bundle_id: &str,
        by: &str,
        on: i64,
        release_notes: Option<String>,
        node_id: &str,
    ) -> Self {
        bundle_id.clone_into(&mut self.bundle_id);
        node_id.clone_into(&mut self.design_node);
        self.exported_by = Some(by.to_owned());
        self.exported_on = on;
        self.release_notes = release_notes;
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
