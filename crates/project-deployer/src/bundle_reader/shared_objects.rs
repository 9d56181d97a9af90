//! Which other projects a bundle uses objects of, and which it shares objects with (wire-facts 3.6).

use std::collections::BTreeSet;

use project_deployer_core::ProjectKey;
use project_deployer_core::bundle::BundleContents;
use serde_json::Value;

use super::weight;

/// Other projects. What is not as expected names none: nothing else depends on it.
#[derive(Default)]
pub(super) struct SharedObjects {
    uses: BTreeSet<ProjectKey>,
    shares_with: BTreeSet<ProjectKey>,
    bytes: usize,
}

impl SharedObjects {
    /// Reads the inputs of a recipe: an object of another project has its key before a dot.
    pub(super) fn read_recipe(&mut self, recipe: &Value, own: &ProjectKey) {
        let roles = recipe.get("inputs").and_then(Value::as_object);
        let items =
            roles.into_iter().flatten().filter_map(|(_, role)| role.get("items")?.as_array());
        for item in items.flatten() {
            let reference = item.get("ref").and_then(Value::as_str);
            let key = reference.and_then(|reference| Some(reference.split_once('.')?.0));
            self.bytes += add(&mut self.uses, key, own);
        }
    }

    /// Reads the objects that the project exposes to others.
    pub(super) fn read_project(&mut self, params: &Value, own: &ProjectKey) {
        let objects = params.pointer("/exposedObjects/objects").and_then(Value::as_array);
        let rules =
            objects.into_iter().flatten().filter_map(|object| object.get("rules")?.as_array());
        for rule in rules.flatten() {
            let target = rule.get("targetProject").and_then(Value::as_str);
            self.bytes += add(&mut self.shares_with, target, own);
        }
    }

    /// The length of the longest list.
    pub(super) fn most(&self) -> usize {
        self.uses.len().max(self.shares_with.len())
    }

    /// Their memory in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn fill(self, contents: &mut BundleContents) {
        contents.uses_projects = self.uses;
        contents.shares_with = self.shares_with;
    }
}

/// Adds a project other than the own one. Returns the additional memory in bytes.
fn add(projects: &mut BTreeSet<ProjectKey>, key: Option<&str>, own: &ProjectKey) -> usize {
    let Some(key) = key.and_then(|key| ProjectKey::parse(key).ok()) else { return 0 };
    let bytes = weight::of_texts([key.as_str()]);
    if key != *own && projects.insert(key) { bytes } else { 0 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn other_projects_are_found_in_inputs_and_in_exposed_objects_alone() {
        // E7
        let own = ProjectKey::parse("CHURN").unwrap();
        let mut shared = SharedObjects::default();
        let item = |reference: &str| json!({"ref": reference, "deps": []});
        shared.read_recipe(
            &json!({
                "inputs": {"main": {"items": [item("local"), item("SALES.orders"), item("CHURN.x")]},
                    "model": {"items": [item("MODELS.m1"), item("SALES.lines"), {"other": 1}]}},
                "outputs": {"main": {"items": [item("OUT.there")]}},
            }),
            &own,
        );
        let rules = json!([{"targetProject": "BOARD"}, {"targetProject": "CHURN"}, {}]);
        let objects =
            json!([{"type": "DATASET", "localName": "a", "rules": rules}, {"rules": null}]);
        shared.read_project(&json!({"exposedObjects": {"objects": objects}}), &own);
        for odd in [json!({"inputs": []}), json!({"inputs": {"main": 1}}), json!(null)] {
            shared.read_recipe(&odd, &own);
            shared.read_project(&odd, &own);
        }
        let mut contents = BundleContents::empty(own, "v1".parse().unwrap());
        shared.fill(&mut contents);
        let keys =
            |keys: &BTreeSet<ProjectKey>| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(keys(&contents.uses_projects), ["MODELS", "SALES"]);
        assert_eq!(keys(&contents.shares_with), ["BOARD"]);
    }
}
