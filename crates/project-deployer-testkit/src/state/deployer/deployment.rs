use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::testing::TestRun;
use super::{DeployerState, Document, Right, Update, exists, must_keep, needed, text};
use crate::answer::Answer;
use crate::caller::Caller;
use crate::seed::Outcome;
use crate::state::settings::object;

/// A deployment (wire-facts 2.8).
#[derive(Debug, Clone, Default)]
pub(crate) struct Deployment {
    pub(crate) settings: Document,
    pub(crate) created_by: String,
    pub(super) modified_by: String,
    /// The settings that reached the node last.
    pub(crate) sent: Option<Document>,
    /// In order, the newest last.
    pub(crate) updates: Vec<Update>,
    /// How the next updates end.
    pub(crate) update_outcome: Outcome,
    /// How the last run of a scenario ended, and how the next ones will; well, unless it is said.
    pub(crate) scenario_outcomes: BTreeMap<String, Outcome>,
    pub(super) test_runs: Vec<TestRun>,
    /// When it became the owner of its project, among all deployments.
    pub(super) claim: u64,
    /// Health and message that the test has chosen.
    pub(crate) health: Option<(String, String)>,
}

impl Deployment {
    pub(super) fn id(&self) -> &str {
        text(&self.settings, "id")
    }

    pub(super) fn infra_id(&self) -> &str {
        text(&self.settings, "infraId")
    }

    pub(super) fn project_key(&self) -> &str {
        text(&self.settings, "publishedProjectKey")
    }

    pub(super) fn bundle_id(&self) -> &str {
        text(&self.settings, "bundleId")
    }

    /// The deployment in a few words (wire-facts 2.4). The display names are logins.
    pub(super) fn summary(&self) -> Value {
        let field = |name: &str| self.settings.get(name).cloned().unwrap_or_default();
        json!({
            "id": field("id"),
            "infraId": field("infraId"),
            "tags": field("tags"),
            "createdByDisplayName": self.created_by,
            "lastModifiedByDisplayName": self.modified_by,
            "publishedProjectKey": field("publishedProjectKey"),
            "bundleId": field("bundleId"),
            "deployedProjectKey": field("deployedProjectKey"),
        })
    }
}

impl DeployerState {
    /// Creates a deployment; nothing reaches a node (row 20, R-D4).
    pub(crate) fn create_deployment(
        &mut self,
        caller: &Caller,
        sent: &Document,
        ignore_warnings: bool,
    ) -> Answer<()> {
        let id = needed(sent, "deploymentId")?;
        let (infra, key) = (needed(sent, "infraId")?, needed(sent, "publishedProjectKey")?);
        let bundle = needed(sent, "bundleId")?;
        let infra = self.infra(caller, &infra, Right::Deploy)?;
        self.project(caller, &key, Right::Deploy)?.bundle(&bundle)?;
        if self.deployments.contains_key(&id) {
            return Err(exists("Deployment", &id));
        }
        self.must_be_approved(infra, &key, &bundle, ignore_warnings)?;
        let deployed = needed(sent, "deployedProjectKey").unwrap_or_else(|_| key.clone());
        let mut settings = object(json!({
            "id": id,
            "infraId": infra.id(),
            "tags": [],
            "publishedProjectKey": key,
            "bundleId": bundle,
            "deployedProjectKey": deployed,
            "bundleContainerSettings": {
                "remapping": {"connections": [], "codeEnvs": []},
                "codeEnvsBehavior": {
                    "importTimeMode": "INSTALL_IF_MISS",
                    "envImportSpecificationMode": "SPECIFIED",
                },
            },
            "localVariables": {},
            "scenariosToActivate": {},
            "disableAutomaticTriggers": false,
        }));
        if let Some(folder) = sent.get("projectFolderId") {
            settings.insert("projectFolderId".to_owned(), folder.clone());
        }
        let by = caller.name().to_owned();
        let claim = self.next_claim(caller, &settings)?;
        let deployment = Deployment {
            settings,
            claim,
            modified_by: by.clone(),
            created_by: by,
            ..Deployment::default()
        };
        self.deployments.insert(id, deployment);
        Ok(())
    }

    /// Deletes a deployment; what is on the node stays there (R-D6).
    pub(crate) fn delete_deployment(&mut self, caller: &Caller, id: &str) -> Answer<()> {
        self.deployment(caller, id, Right::Deploy)?;
        self.deployments.remove(id);
        Ok(())
    }

    pub(crate) fn deployment_settings(&self, caller: &Caller, id: &str) -> Answer<Value> {
        let deployment = self.deployment(caller, id, Right::Read)?;
        Ok(Value::Object(deployment.settings.clone()))
    }

    /// Replaces the settings; nothing reaches a node (R-D5).
    pub(crate) fn save_deployment_settings(
        &mut self,
        caller: &Caller,
        id: &str,
        sent: Document,
        ignore_warnings: bool,
    ) -> Answer<()> {
        let deployment = self.deployment(caller, id, Right::Deploy)?;
        for field in ["id", "infraId", "publishedProjectKey", "deployedProjectKey"] {
            must_keep(&deployment.settings, &sent, field)?;
        }
        let bundle = needed(&sent, "bundleId")?;
        let key = deployment.project_key();
        self.project(caller, key, Right::Deploy)?.bundle(&bundle)?;
        if bundle != deployment.bundle_id() {
            let infra = self.infra(caller, deployment.infra_id(), Right::Deploy)?;
            self.must_be_approved(infra, key, &bundle, ignore_warnings)?;
        }
        let claim = ignore_warnings.then(|| self.next_claim(caller, &sent)).transpose()?;
        let deployment = self.deployment_mut(caller, id)?;
        deployment.settings = sent;
        deployment.claim = claim.unwrap_or(deployment.claim);
        caller.name().clone_into(&mut deployment.modified_by);
        Ok(())
    }
}
