use std::collections::BTreeSet;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    DeployerState, Deployment, Document, Guarded, Right, exists, in_use, must_keep, needed, text,
};
use crate::answer::{Answer, Refusal};
use crate::bundle::BundleContents;
use crate::caller::Caller;
use crate::state::settings::object;

/// A published project with its bundles (wire-facts 2.6, 2.7).
#[derive(Debug, Clone, Default)]
pub(crate) struct PublishedProject {
    pub(crate) settings: Document,
    /// In the order of publication.
    pub(crate) bundles: Vec<PublishedBundle>,
}

/// A published bundle.
#[derive(Debug, Clone)]
pub(crate) struct PublishedBundle {
    pub(crate) contents: BundleContents,
    pub(crate) archive: Bytes,
    pub(crate) published_on: i64,
    pub(crate) published_by: String,
    /// The Project Standards report (wire-facts 2.13).
    pub(crate) report: Option<Value>,
}

impl PublishedBundle {
    pub(crate) fn id(&self) -> &str {
        &self.contents.bundle_id
    }

    fn to_json(&self) -> Value {
        let manifest = &self.contents.manifest;
        let mut origin = manifest.get("designNode").cloned().unwrap_or(json!({}));
        if let Some(fields) = origin.as_object_mut() {
            fields.insert("projectKey".to_owned(), json!(self.contents.project_key));
            if let Some(node) = manifest.get("designNodeId") {
                fields.insert("nodeId".to_owned(), node.clone());
            }
        }
        json!({
            "id": self.id(),
            "publishedOn": self.published_on,
            "publishedBy": self.published_by,
            "designNodeInfo": origin,
        })
    }
}

/// The owner has all rights (R-P10).
impl Guarded for PublishedProject {
    fn grants(&self, caller: &Caller, right: Right) -> bool {
        right.is_granted(&self.settings, caller) || text(&self.settings, "owner") == caller.name()
    }
}

impl PublishedProject {
    /// A project of an owner, without bundles.
    pub(crate) fn new(key: &str, name: &str, owner: &str) -> Self {
        let settings = object(json!({
            "id": key,
            "name": name,
            "owner": owner,
            "permissions": [],
            "basicImageInfo": {},
        }));
        Self { settings, bundles: Vec::new() }
    }

    pub(super) fn key(&self) -> &str {
        text(&self.settings, "id")
    }

    /// # Errors
    ///
    /// It has no such bundle.
    pub(crate) fn bundle(&self, id: &str) -> Answer<&PublishedBundle> {
        let found = self.bundles.iter().find(|bundle| bundle.id() == id);
        found.ok_or_else(|| Refusal::not_found("Bundle", id))
    }

    pub(super) fn basic_info(&self) -> Value {
        json!({"id": self.key(), "name": text(&self.settings, "name")})
    }

    pub(super) fn packages(&self) -> Value {
        self.bundles.iter().map(PublishedBundle::to_json).collect()
    }
}

impl DeployerState {
    /// The projects that the caller sees.
    pub(crate) fn projects_json(&self, caller: &Caller) -> Value {
        let seen = self.projects.values().filter(|project| project.grants(caller, Right::Read));
        seen.map(|project| self.project_status(caller, project)).collect()
    }

    pub(crate) fn project_json(&self, caller: &Caller, key: &str) -> Answer<Value> {
        self.project(caller, key, Right::Read).map(|project| self.project_status(caller, project))
    }

    fn project_status(&self, caller: &Caller, project: &PublishedProject) -> Value {
        let own: Vec<_> =
            self.seen(caller).filter(|found| found.project_key() == project.key()).collect();
        let ids: BTreeSet<_> = own.iter().map(|deployment| deployment.infra_id()).collect();
        let infras = ids.into_iter().filter_map(|id| self.infras.get(id));
        json!({
            "projectBasicInfo": project.basic_info(),
            "isAdmin": project.grants(caller, Right::Admin),
            "canDeploy": project.grants(caller, Right::Deploy),
            "canWrite": project.grants(caller, Right::Write),
            "packages": project.packages(),
            "deployments": own.into_iter().map(Deployment::summary).collect::<Vec<_>>(),
            "infras": infras.map(super::Infra::basic_info).collect::<Vec<_>>(),
        })
    }

    /// Creates a project, which the caller then owns (R-P10). Old clients called its key
    /// `projectKey`.
    pub(crate) fn create_project(&mut self, caller: &Caller, sent: &Document) -> Answer<()> {
        let key = needed(sent, "publishedProjectKey").or_else(|_| needed(sent, "projectKey"))?;
        caller.must_create_published_projects()?;
        if self.projects.contains_key(&key) {
            return Err(exists("Published project", &key));
        }
        self.projects.insert(key.clone(), PublishedProject::new(&key, &key, caller.name()));
        Ok(())
    }

    pub(crate) fn delete_project(&mut self, caller: &Caller, key: &str) -> Answer<()> {
        self.project(caller, key, Right::Admin)?;
        if self.deployments.values().any(|found| found.project_key() == key) {
            return Err(in_use("Published project", key));
        }
        self.projects.remove(key);
        Ok(())
    }

    pub(crate) fn project_settings(&self, caller: &Caller, key: &str) -> Answer<Value> {
        let project = self.project(caller, key, Right::Admin)?;
        Ok(Value::Object(project.settings.clone()))
    }

    /// Replaces the settings; the key stays.
    pub(crate) fn save_project_settings(
        &mut self,
        caller: &Caller,
        key: &str,
        sent: Document,
    ) -> Answer<()> {
        must_keep(&self.project(caller, key, Right::Admin)?.settings, &sent, "id")?;
        if let Some(project) = self.projects.get_mut(key) {
            project.settings = sent;
        }
        Ok(())
    }

    /// Adds a bundle to the project with that key, or with its own, and makes the project where there
    /// is none (row 15). Two bundles of a project cannot have one name (R-D10).
    pub(crate) fn publish(
        &mut self,
        caller: &Caller,
        key: Option<String>,
        bundle: PublishedBundle,
    ) -> Answer<()> {
        let key = key.unwrap_or_else(|| bundle.contents.project_key.clone());
        if self.projects.contains_key(&key) {
            let project = self.project(caller, &key, Right::Write)?;
            if project.bundle(bundle.id()).is_ok() {
                return Err(exists("Bundle", bundle.id()));
            }
        } else {
            caller.must_create_published_projects()?;
        }
        let name = bundle.contents.project_name.clone();
        let fresh = || PublishedProject::new(&key, &name, caller.name());
        self.projects.entry(key.clone()).or_insert_with(fresh).bundles.push(bundle);
        Ok(())
    }

    /// Deletes a bundle that no deployment pushes; whether that is refused is unknown (wire-facts
    /// 8.3, item 8).
    pub(crate) fn delete_bundle(&mut self, caller: &Caller, key: &str, id: &str) -> Answer<()> {
        self.project(caller, key, Right::Admin)?.bundle(id)?;
        let pushes = |found: &Deployment| found.project_key() == key && found.bundle_id() == id;
        if self.deployments.values().any(pushes) {
            return Err(in_use("Bundle", id));
        }
        if let Some(project) = self.projects.get_mut(key) {
            project.bundles.retain(|bundle| bundle.id() != id);
        }
        Ok(())
    }
}
