use std::fmt;

use project_deployer_core::deployment::{DeploymentSettings, WrittenSettings};
use project_deployer_core::document::Document as _;
use project_deployer_core::{DeploymentId, InfraId, Login, ProjectKey};
use project_deployer_store::{Collection, CommitId, Secrets};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Failure;
use crate::state::repository::{Record, Stored, as_written};
use crate::state::unreadable::{Unreadable, typed};

/// A deployment with who made it.
#[derive(Debug, Clone)]
pub(crate) struct DeploymentRecord {
    pub(crate) settings: DeploymentSettings,
    pub(crate) created_by: Login,
    pub(crate) modified_by: Login,
    /// None for one that an earlier version created.
    pub(crate) uid: Option<DeploymentUid>,
}

/// Which of the deployments that had one id one after the other. It is the id of the commit that created the
/// deployment, which no other commit has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeploymentUid(String);

impl DeploymentUid {
    /// The deployment that a commit creates.
    pub(crate) fn created_by(commit: CommitId) -> Self {
        Self(commit.to_string())
    }
}

impl fmt::Display for DeploymentUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Record for DeploymentRecord {
    const KIND: Collection = Collection::new("deployment");
    const NOUN: &'static str = "deployment";

    fn id(&self) -> String {
        self.settings.id.to_string()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        let mut document = json!({
            "settings": self.settings.to_document(),
            "createdBy": self.created_by,
            "modifiedBy": self.modified_by,
        });
        if let Some(uid) = &self.uid {
            document["uid"] = json!(uid);
        }
        Ok((document, Secrets::new()))
    }

    fn read(Stored { mut body, .. }: Stored) -> Result<Self, Failure> {
        // A document of another form has none of them.
        let mut take = |field| body.get_mut(field).map(Value::take).unwrap_or_default();
        Ok(Self {
            settings: DeploymentSettings::from_document(take("settings"))
                .map_err(Unreadable::from)?,
            created_by: typed(take("createdBy"))?,
            modified_by: typed(take("modifiedBy"))?,
            uid: typed(take("uid"))?,
        })
    }
}

/// A deployment in just the form in which [`Record::write`] writes most of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenDeployment {
    settings: WrittenSettings,
    created_by: Login,
    modified_by: Login,
    #[serde(default)]
    uid: Option<DeploymentUid>,
}

impl DeploymentRecord {
    /// The record in the text of a document of that form.
    pub(crate) fn as_written(text: &[u8]) -> Option<Self> {
        let WrittenDeployment { settings, created_by, modified_by, uid } = as_written(text)?;
        Some(Self { settings: settings.0, created_by, modified_by, uid })
    }
}

/// A project on the nodes of an infrastructure. Several deployments may write it, one at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeployedProject {
    pub(crate) infra: InfraId,
    pub(crate) key: ProjectKey,
}

impl DeployedProject {
    /// The project that a deployment writes.
    pub(crate) fn of(settings: &DeploymentSettings) -> Self {
        Self { infra: settings.infra_id.clone(), key: settings.deployed_project_key.clone() }
    }

    /// The id of the record of who writes it: no id has a slash.
    pub(crate) fn record_id(&self) -> String {
        format!("{}/{}", self.infra, self.key)
    }

    /// The lease to write it.
    pub(crate) fn lease_name(&self) -> String {
        format!("deployed-project/{}", self.record_id())
    }
}

impl fmt::Display for DeployedProject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "project `{}` on `{}`", self.key, self.infra)
    }
}

/// The deployments that write a project on the nodes of an infrastructure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeployedKey {
    pub(crate) infra: InfraId,
    pub(crate) key: ProjectKey,
    /// The owner: the only one that updates.
    pub(crate) deployment: DeploymentId,
    /// Those that it supersedes, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) older: Vec<DeploymentId>,
}

/// A deployment that was deleted, and whose updates are not all in the history yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeletedDeployment {
    pub(crate) id: DeploymentId,
    /// The project that it wrote: its lease keeps others from removing the same updates.
    pub(crate) project: DeployedProject,
    /// The published project. None, as the next one, if an earlier version deleted the deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) published: Option<ProjectKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) uid: Option<DeploymentUid>,
}

impl DeletedDeployment {
    pub(crate) fn of(record: &DeploymentRecord) -> Self {
        Self {
            id: record.settings.id.clone(),
            project: DeployedProject::of(&record.settings),
            published: Some(record.settings.published_project_key.clone()),
            uid: record.uid.clone(),
        }
    }
}

impl DeployedKey {
    /// All of them.
    pub(crate) fn deployments(&self) -> impl Iterator<Item = &DeploymentId> {
        self.older.iter().chain([&self.deployment])
    }

    pub(crate) fn of(settings: &DeploymentSettings) -> Self {
        Self {
            infra: settings.infra_id.clone(),
            key: settings.deployed_project_key.clone(),
            deployment: settings.id.clone(),
            older: Vec::new(),
        }
    }

    /// The same record with another owner.
    pub(crate) fn owned_by(&self, owner: DeploymentId) -> Self {
        let mut older = self.older.clone();
        older.push(self.deployment.clone());
        older.retain(|id| *id != owner);
        Self { deployment: owner, older, ..self.clone() }
    }

    /// The record without a deployment; `None` if no other is left.
    pub(crate) fn without(&self, id: &DeploymentId) -> Option<Self> {
        let mut all = self.older.clone();
        all.push(self.deployment.clone());
        all.retain(|known| known != id);
        let deployment = all.pop()?;
        Some(Self { deployment, older: all, ..self.clone() })
    }
}
