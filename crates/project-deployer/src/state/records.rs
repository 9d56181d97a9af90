use std::collections::BTreeSet;
use std::error::Error;

use project_deployer_core::accounts::{Group, User};
use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_core::status::{UpdateStatus, UpdateSummary};
use project_deployer_core::{
    ApiKeySecret, BundleId, DeploymentId, InfraId, Login, ProjectKey, Timestamp,
};
use project_deployer_store::{Collection, Document, JournalStream, Secrets};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::repository::Record;

type Failure = Box<dyn Error + Send + Sync>;

/// The only catalogue of stages.
#[derive(Debug, Clone)]
pub(crate) struct Stages(pub(crate) StageCatalogue);

impl Stages {
    pub(crate) const ID: &str = "catalogue";
}

impl Record for Stages {
    const KIND: Collection = Collection("stages");

    fn id(&self) -> String {
        Self::ID.to_owned()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        without_secrets(&self.0)
    }

    fn read(document: Document) -> Result<Self, Failure> {
        Ok(Self(StageCatalogue::from_document(document.body)?))
    }
}

/// The keys of the nodes are kept apart from the settings, so that the store can encrypt them.
impl Record for InfraSettings {
    const KIND: Collection = Collection("infrastructure");

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        let keys = self.keys().into_iter().map(|(path, key)| (path, key.to_secret_string()));
        Ok((self.to_document(), keys.collect()))
    }

    fn read(document: Document) -> Result<Self, Failure> {
        let settings = Self::from_document(document.body)?;
        let keys = document
            .secrets
            .into_iter()
            .map(|(path, secret)| ApiKeySecret::new(secret.expose_secret()).map(|key| (path, key)));
        Ok(settings.with_keys(&keys.collect::<Result<_, _>>()?))
    }
}

impl Record for PublishedProjectSettings {
    const KIND: Collection = Collection("published project");

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        Ok((self.to_document(), Secrets::new()))
    }

    fn read(document: Document) -> Result<Self, Failure> {
        Ok(Self::from_document(document.body)?)
    }
}

/// The bundles of a published project, in the order in which they were published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BundleList {
    pub(crate) project: ProjectKey,
    pub(crate) bundles: Vec<PublishedBundle>,
    /// Ids of deleted bundles. A node may still have them, so an id is never reused for other bytes
    /// (R-D10).
    #[serde(default)]
    pub(crate) retired: BTreeSet<BundleId>,
}

impl BundleList {
    pub(crate) fn none(project: ProjectKey) -> Self {
        Self { project, bundles: Vec::new(), retired: BTreeSet::new() }
    }

    /// The list without the bundles that a function selects.
    pub(crate) fn without(&self, is_removed: impl Fn(&PublishedBundle) -> bool) -> Self {
        let mut shorter = self.clone();
        let ids = self
            .bundles
            .iter()
            .filter(|bundle| is_removed(bundle))
            .map(|bundle| bundle.id().clone());
        shorter.retired.extend(ids);
        shorter.bundles.retain(|bundle| !is_removed(bundle));
        shorter
    }

    pub(crate) fn get(&self, id: &BundleId) -> Option<&PublishedBundle> {
        self.bundles.iter().find(|bundle| bundle.id() == id)
    }
}

/// A deployment with who made it.
#[derive(Debug, Clone)]
pub(crate) struct DeploymentRecord {
    pub(crate) settings: DeploymentSettings,
    pub(crate) created_by: Login,
    pub(crate) modified_by: Login,
}

impl Record for DeploymentRecord {
    const KIND: Collection = Collection("deployment");

    fn id(&self) -> String {
        self.settings.id.to_string()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        let document = json!({
            "settings": self.settings.to_document(),
            "createdBy": self.created_by,
            "modifiedBy": self.modified_by,
        });
        Ok((document, Secrets::new()))
    }

    fn read(document: Document) -> Result<Self, Failure> {
        let mut body = document.body;
        Ok(Self {
            settings: DeploymentSettings::from_document(body["settings"].take())?,
            created_by: serde_json::from_value(body["createdBy"].take())?,
            modified_by: serde_json::from_value(body["modifiedBy"].take())?,
        })
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

impl DeployedKey {
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

/// The updates of a deployment, oldest first. Their steps are in journals of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UpdateHistory {
    pub(crate) deployment: DeploymentId,
    pub(crate) updates: Vec<UpdateRecord>,
}

/// One update.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UpdateRecord {
    /// The fencing token of the lease that it began under. It is unique among all updates of any
    /// deployment with that id.
    pub(crate) number: u64,
    pub(crate) start: Timestamp,
    /// The bundle that it deploys.
    pub(crate) bundle: BundleId,
    pub(crate) end: Option<Timestamp>,
    pub(crate) requester: Login,
    pub(crate) status: UpdateStatus,
}

impl UpdateRecord {
    /// The kind of change of an update; no source names the values (wire-facts 8.2, item 2).
    pub(crate) const KIND_OF_CHANGE: &str = "UPDATE";

    pub(crate) fn summary(&self) -> UpdateSummary {
        UpdateSummary::new(self.start, Self::KIND_OF_CHANGE, self.status)
    }
}

impl UpdateHistory {
    pub(crate) fn new(deployment: DeploymentId) -> Self {
        Self { deployment, updates: Vec::new() }
    }

    pub(crate) fn get(&self, start: Timestamp) -> Option<&UpdateRecord> {
        self.updates.iter().find(|update| update.start == start)
    }

    /// The history after the end of an update.
    pub(crate) fn ended(&self, start: Timestamp, end: Timestamp, status: UpdateStatus) -> Self {
        let mut history = self.clone();
        for update in history.updates.iter_mut().filter(|update| update.start == start) {
            update.end = Some(end);
            update.status = status;
        }
        history
    }

    /// The start of the next update. It is a key, so no two are equal.
    pub(crate) fn next_start(&self, now: Timestamp) -> Timestamp {
        let after = |last: &UpdateRecord| Timestamp::from_millis(last.start.as_millis() + 1);
        self.updates.last().map(after).map_or(now, |earliest| earliest.max(now))
    }

    /// The journal of an update.
    pub(crate) fn journal(&self, number: u64) -> JournalStream {
        JournalStream(format!("updates/{}/{number}", self.deployment))
    }

    /// The update that has begun and not ended.
    pub(crate) fn open(&self) -> Option<&UpdateRecord> {
        self.updates.iter().find(|update| update.status == UpdateStatus::Running)
    }
}

/// A task that was started for somebody: which update it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) deployment: DeploymentId,
    pub(crate) start: Timestamp,
}

impl Job {
    /// The id of an update's task: it reveals nothing, and needs no encoding in a path.
    pub(crate) fn id_of(deployment: &DeploymentId, number: u64) -> String {
        let digest = Sha256::digest(format!("{deployment}/{number}"));
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn without_secrets(value: &impl Serialize) -> Result<(Value, Secrets), Failure> {
    Ok((serde_json::to_value(value)?, Secrets::new()))
}

/// Records that are their own documents, without secrets: type, collection, id.
macro_rules! plain_records {
    ($($record:ident, $kind:literal, $id:expr;)*) => {$(
        impl Record for $record {
            const KIND: Collection = Collection($kind);

            fn id(&self) -> String {
                let id: fn(&Self) -> String = $id;
                id(self)
            }

            fn write(&self) -> Result<(Value, Secrets), Failure> {
                without_secrets(self)
            }

            fn read(document: Document) -> Result<Self, Failure> {
                Ok(serde_json::from_value(document.body)?)
            }
        }
    )*};
}

plain_records! {
    BundleList, "bundle_list", |record| record.project.to_string();
    DeployedKey, "deployed_project", |record| format!("{}/{}", record.infra, record.key);
    UpdateHistory, "update_history", |record| record.deployment.to_string();
    Job, "task", |record| record.id.clone();
    User, "user", |record| record.login.to_string();
    Group, "group", |record| record.name.to_string();
}
