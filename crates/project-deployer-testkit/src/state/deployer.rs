//! What a Deployer knows: infrastructures, published projects and deployments (wire-facts 2). It
//! decides over its own state and speaks to no node.

mod deployment;
mod governance;
mod infra;
mod keys;
mod ownership;
mod project;
mod rights;
mod status;
mod testing;
mod update;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Refusal};
use crate::caller::Caller;

pub(crate) use deployment::Deployment;
pub(crate) use infra::Infra;
pub(crate) use project::{PublishedBundle, PublishedProject};
pub(crate) use rights::{Guarded, Right};
pub(crate) use update::Update;

/// A document as it was saved.
type Document = Map<String, Value>;

/// A Deployer.
#[derive(Debug, Clone)]
pub(crate) struct DeployerState {
    /// Id and description, in order.
    pub(crate) stages: Vec<(String, String)>,
    pub(crate) infras: BTreeMap<String, Infra>,
    pub(crate) projects: BTreeMap<String, PublishedProject>,
    pub(crate) deployments: BTreeMap<String, Deployment>,
    /// Project and bundle of what was approved.
    pub(crate) approved: BTreeSet<(String, String)>,
    made_keys: u32,
    /// How often a deployment became the owner of its project.
    claims: u64,
}

/// With the stages that a Deployer is shipped with (R-I2).
impl Default for DeployerState {
    fn default() -> Self {
        let stage = |(id, description): (&str, &str)| (id.to_owned(), description.to_owned());
        let shipped = [("Development", ""), ("Test", ""), ("Production", "")];
        Self {
            stages: shipped.map(stage).into(),
            infras: BTreeMap::new(),
            projects: BTreeMap::new(),
            deployments: BTreeMap::new(),
            approved: BTreeSet::new(),
            made_keys: 0,
            claims: 0,
        }
    }
}

impl DeployerState {
    /// The stages in order (wire-facts 2.2).
    pub(crate) fn stages_json(&self) -> Value {
        let stages = self.stages.iter();
        stages.map(|(id, description)| json!({"id": id, "desc": description})).collect()
    }

    /// # Errors
    ///
    /// There is no such stage.
    fn must_have_stage(&self, stage: &str) -> Answer<()> {
        let known = self.stages.iter().any(|(id, _)| id == stage);
        known.then_some(()).ok_or_else(|| Refusal::illegal(format!("Unknown stage: {stage}")))
    }

    /// The infrastructure, for a caller with that right. One that the caller may not see is not there
    /// (R-P2).
    ///
    /// # Errors
    ///
    /// It is not there, or the caller lacks the right.
    pub(crate) fn infra(&self, caller: &Caller, id: &str, right: Right) -> Answer<&Infra> {
        right.on(self.infras.get(id), caller, "Infrastructure", id)
    }

    /// The published project, for a caller with that right.
    ///
    /// # Errors
    ///
    /// It is not there for the caller, or the caller lacks the right.
    pub(crate) fn project(
        &self,
        caller: &Caller,
        key: &str,
        right: Right,
    ) -> Answer<&PublishedProject> {
        right.on(self.projects.get(key), caller, "Published project", key)
    }

    /// The deployment, for a caller who has that right on its infrastructure and on its project: it has
    /// no rights of its own (R-P8).
    ///
    /// # Errors
    ///
    /// It is not there for the caller, or the caller lacks the right on one of them.
    pub(crate) fn deployment(
        &self,
        caller: &Caller,
        id: &str,
        right: Right,
    ) -> Answer<&Deployment> {
        let found = self.deployments.get(id).filter(|found| self.sees(caller, found));
        let deployment = found.ok_or_else(|| Refusal::not_found("Deployment", id))?;
        self.infra(caller, deployment.infra_id(), right)?;
        self.project(caller, deployment.project_key(), right)?;
        Ok(deployment)
    }

    fn sees(&self, caller: &Caller, deployment: &Deployment) -> bool {
        self.infra(caller, deployment.infra_id(), Right::Read).is_ok()
            && self.project(caller, deployment.project_key(), Right::Read).is_ok()
    }

    fn deployment_mut(&mut self, caller: &Caller, id: &str) -> Answer<&mut Deployment> {
        self.deployment(caller, id, Right::Deploy)?;
        self.deployments.get_mut(id).ok_or_else(|| Refusal::not_found("Deployment", id))
    }

    /// The deployments that the caller sees.
    fn seen<'a>(&'a self, caller: &'a Caller) -> impl Iterator<Item = &'a Deployment> + use<'a> {
        self.deployments.values().filter(|deployment| self.sees(caller, deployment))
    }
}

/// The refusal of an id that is taken.
fn exists(what: &str, id: &str) -> Refusal {
    Refusal::illegal(format!("{what} already exists: {id}"))
}

/// The refusal to delete what deployments use (R-I5, R-D2).
fn in_use(what: &str, id: &str) -> Refusal {
    Refusal::illegal(format!("{what} is used by deployments: {id}"))
}

/// A text of a document.
///
/// # Errors
///
/// It is not there.
fn needed(document: &Document, field: &str) -> Answer<String> {
    let found = document.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    found.map(str::to_owned).ok_or_else(|| Refusal::illegal(format!("Missing field: {field}")))
}

/// A text of a document, or nothing.
fn text<'a>(document: &'a Document, field: &str) -> &'a str {
    document.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// # Errors
///
/// A field that never changes has changed.
fn must_keep(old: &Document, new: &Document, field: &str) -> Answer<()> {
    if old.get(field) == new.get(field) {
        return Ok(());
    }
    Err(Refusal::illegal(format!("{field} cannot change")))
}
