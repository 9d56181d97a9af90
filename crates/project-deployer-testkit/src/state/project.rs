use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::NodeState;
use super::exported::ExportedBundle;
use super::scenarios::{LocalState, Scenario};
use crate::answer::{Answer, Refusal};
use crate::bundle::{BundleBuilder, BundleContents};
use crate::caller::Caller;
use crate::seed::{MockPermission, Quirk};

/// A project of a node.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Project {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) folder: String,
    pub(crate) owner: String,
    pub(crate) permissions: Vec<MockPermission>,
    /// What people with rights on dashboards alone may see, as it was saved.
    pub(crate) dashboard_authorizations: Option<Value>,
    pub(crate) tags: Vec<String>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) settings: Map<String, Value>,
    pub(crate) standard_variables: Map<String, Value>,
    pub(crate) local_variables: Map<String, Value>,
    pub(crate) bundles: Vec<ImportedBundle>,
    pub(crate) active_bundle: Option<String>,
    /// The bundles that were made here.
    pub(crate) exported: Vec<ExportedBundle>,
    /// What a bundle of this project holds, where it was seeded so.
    pub(crate) design: Option<BundleBuilder>,
    pub(crate) scenarios: BTreeMap<String, Scenario>,
    /// What the node keeps of scenarios over activations (R-A6).
    pub(crate) remembered: BTreeMap<String, LocalState>,
    pub(crate) datasets: Vec<Map<String, Value>>,
    pub(crate) webapps: BTreeMap<String, Map<String, Value>>,
    /// Webapps whose backend is up.
    pub(crate) running_webapps: BTreeSet<String>,
    /// The node's connections that the active bundle uses.
    pub(crate) connections_in_use: BTreeSet<String>,
}

/// A bundle that was imported.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImportedBundle {
    pub(crate) contents: BundleContents,
    pub(crate) imported_on: i64,
    pub(crate) imported_by: String,
    pub(crate) preloaded: bool,
}

/// A project to be created.
#[derive(Debug, Clone)]
pub(crate) struct NewProject {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) folder: Option<String>,
}

impl Project {
    pub(crate) fn bundle(&self, id: &str) -> Answer<&ImportedBundle> {
        let found = self.bundles.iter().find(|bundle| bundle.contents.bundle_id == id);
        found.ok_or_else(|| Refusal::not_found("Bundle", id))
    }

    pub(crate) fn bundle_mut(&mut self, id: &str) -> Answer<&mut ImportedBundle> {
        let found = self.bundles.iter_mut().find(|bundle| bundle.contents.bundle_id == id);
        found.ok_or_else(|| Refusal::not_found("Bundle", id))
    }

    /// The summary (wire-facts 3.6). `activeBundleState` is absent where nothing is active
    /// (wire-facts 9.2); `activeBundleId` is our choice.
    pub(crate) fn summary(&self) -> Value {
        let mut summary = json!({
            "projectKey": self.key,
            "name": self.name,
            "ownerLogin": self.owner,
            "shortDesc": self.metadata.get("shortDesc"),
            "tags": self.tags,
            "activeBundleId": self.active_bundle,
        });
        if let Some(active) = &self.active_bundle {
            summary["activeBundleState"] = json!({"bundleId": active});
        }
        summary
    }

    pub(crate) fn metadata_json(&self) -> Value {
        let field = |name: &str| self.metadata.get(name).cloned();
        json!({
            "label": self.name,
            "description": field("description"),
            "shortDesc": field("shortDesc"),
            "tags": self.tags,
            "customFields": field("customFields").unwrap_or_else(|| json!({})),
            "checklists": field("checklists").unwrap_or_else(|| json!({"checklists": []})),
        })
    }

    /// Replaces the metadata document.
    pub(crate) fn set_metadata(&mut self, document: &Map<String, Value>, sorts_tags: bool) {
        if let Some(label) = document.get("label").and_then(Value::as_str) {
            label.clone_into(&mut self.name);
        }
        let tags = document.get("tags").and_then(Value::as_array).into_iter().flatten();
        self.set_tags(tags.filter_map(Value::as_str).map(str::to_owned).collect(), sorts_tags);
        self.metadata.clone_from(document);
    }

    /// Each tag once.
    pub(crate) fn set_tags(&mut self, mut tags: Vec<String>, sorts: bool) {
        let mut seen = BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        self.tags = if sorts { seen.into_iter().collect() } else { tags };
    }

    pub(crate) fn permissions_json(&self) -> Value {
        json!({
            "owner": self.owner,
            "permissions": self.permissions.iter().map(MockPermission::to_json).collect::<Vec<_>>(),
            "dashboardAuthorizations": self.dashboard_authorizations.clone().unwrap_or_else(
                || json!({"allAuthorized": false, "authorizations": []})
            ),
            "additionalDashboardUsers": {"users": []},
        })
    }

    pub(crate) fn variables_json(&self) -> Value {
        json!({"standard": self.standard_variables, "local": self.local_variables})
    }
}

impl NodeState {
    /// A project on which the caller has a right.
    ///
    /// # Errors
    ///
    /// There is no such project, or the caller has not got that right.
    pub(crate) fn project(&self, caller: &Caller, key: &str, right: &str) -> Answer<&Project> {
        let project = self.projects.get(key).ok_or_else(|| self.no_project(key))?;
        caller.must_have(right, project)?;
        Ok(project)
    }

    /// The same, to change it.
    pub(crate) fn project_mut(
        &mut self,
        caller: &Caller,
        key: &str,
        right: &str,
    ) -> Answer<&mut Project> {
        self.project(caller, key, right)?;
        let missing = self.no_project(key);
        self.projects.get_mut(key).ok_or(missing)
    }

    fn no_project(&self, key: &str) -> Refusal {
        if self.has(Quirk::UnknownProjectsAreForbidden) {
            return Refusal::forbidden(format!("You may not read project {key}"));
        }
        Refusal::not_found("Project", key)
    }

    /// Creates an empty project.
    ///
    /// # Errors
    ///
    /// The key is taken or no key, the owner is unknown, or the caller may not create it there.
    pub(crate) fn create_project(
        &mut self,
        caller: &Caller,
        new: NewProject,
    ) -> Answer<&mut Project> {
        let folder = new.folder.unwrap_or_else(|| "ROOT".to_owned());
        self.may_create_in(caller, &folder)?;
        self.must_be_free_key(&new.key)?;
        if !self.users.contains_key(&new.owner) && new.owner != caller.name() {
            return Err(Refusal::illegal(format!("Unknown user: {}", new.owner)));
        }
        let project = Project {
            key: new.key.clone(),
            name: new.name,
            folder,
            owner: new.owner,
            settings: super::settings::of_new_project(),
            ..Project::default()
        };
        Ok(self.projects.entry(new.key).or_insert(project))
    }

    pub(crate) fn must_be_free_key(&self, key: &str) -> Answer<()> {
        let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let reason = if key.is_empty() || !key.chars().all(is_key) {
            format!("Invalid project key: {key}")
        } else if self.projects.contains_key(key) {
            format!("Project key is already used: {key}")
        } else {
            return Ok(());
        };
        Err(Refusal::illegal(reason).with_code("ERR_PROJECT_INVALID_PROJECT_KEY"))
    }
}
