mod api_key;
mod bundle;
mod collection;
mod deployment;
mod history;
#[cfg(feature = "sqlite")]
mod mark;
mod schedule;
mod sign_in;
mod update;

use std::error::Error;

use project_deployer_core::ApiKeySecret;
use project_deployer_core::accounts::{Group, User};
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_store::{Collection, Secrets};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::api_key::{ApiKeyRecord, StoredRights};
pub(crate) use self::bundle::BundleRecord;
pub(crate) use self::collection::CollectionRecord;
pub use self::deployment::DeploymentUid;
pub(crate) use self::deployment::{
    DeletedDeployment, DeployedKey, DeployedProject, DeploymentRecord,
};
pub use self::history::HistoryId;
pub(crate) use self::history::{AddToHistory, HistoryListing, HistoryRecord};
#[cfg(feature = "sqlite")]
pub(crate) use self::mark::StateMark;
pub use self::schedule::ScheduleOutcome;
pub(crate) use self::schedule::ScheduleRecord;
pub(crate) use self::sign_in::{
    BrowserSessionRecord, IdempotencyRecord, KeptAnswer, OpenedBy, PasswordRecord,
};
pub use self::update::CancelRequest;
pub(crate) use self::update::{
    EndOfUpdate, LatestUpdate, Task, TaskId, UpdateOrigin, UpdateRecord,
};
use super::repository::{Record, Stored};
use super::unreadable::{Unreadable, typed};
use crate::audit::{AnchorRecord, BlockRecord, HeadRecord, SealedDay};
use crate::estate::EstateScheduleRecord;
use crate::fleets::{FleetRecord, FleetStateRecord, ManagedInfra};
use crate::maintenance::Maintenance;
use crate::rotation::RotationRecord;
use crate::watch::{WatchRecord, WatchSetting};
use crate::webhooks::{DeliveryRecord, WebhookRecord};
use crate::windows::{StoredWindows, WindowSet};

type Failure = Box<dyn Error + Send + Sync>;

/// The only catalogue of stages.
#[derive(Debug, Clone)]
pub(crate) struct Stages(pub(crate) StageCatalogue);

impl Stages {
    pub(crate) const ID: &str = "catalogue";
}

impl Record for Stages {
    const KIND: Collection = Collection::new("stages");
    const NOUN: &'static str = "stages";

    fn id(&self) -> String {
        Self::ID.to_owned()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        without_secrets(&self.0)
    }

    fn read(stored: Stored) -> Result<Self, Failure> {
        Ok(Self(StageCatalogue::from_document(stored.body).map_err(Unreadable::from)?))
    }
}

/// The keys of the nodes are kept apart from the settings, so that the store can encrypt them. Settings from
/// a list have none.
impl Record for InfraSettings {
    const KIND: Collection = Collection::new("infrastructure");
    const NOUN: &'static str = "infrastructure";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        let keys = self.keys().into_iter().map(|(path, key)| (path, key.to_secret_string()));
        Ok((self.to_document(), keys.collect()))
    }

    fn read(stored: Stored) -> Result<Self, Failure> {
        let settings = Self::from_document(stored.body).map_err(Unreadable::from)?;
        let keys = stored
            .secrets
            .into_iter()
            .map(|(path, secret)| ApiKeySecret::new(secret.expose_secret()).map(|key| (path, key)));
        Ok(settings.with_keys(&keys.collect::<Result<_, _>>()?))
    }
}

impl Record for PublishedProjectSettings {
    const KIND: Collection = Collection::new("published-project");
    const NOUN: &'static str = "published project";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        Ok((self.to_document(), Secrets::new()))
    }

    fn read(stored: Stored) -> Result<Self, Failure> {
        Ok(Self::from_document(stored.body).map_err(Unreadable::from)?)
    }
}

/// What errors call the guard of an object.
pub(crate) const GUARD_NOUN: &str = "references to object";

/// What errors call a kind of document.
pub(super) fn noun_of(collection: &Collection) -> &'static str {
    let kinds = [
        (Stages::KIND, Stages::NOUN),
        (InfraSettings::KIND, InfraSettings::NOUN),
        (PublishedProjectSettings::KIND, PublishedProjectSettings::NOUN),
        (BundleRecord::KIND, BundleRecord::NOUN),
        (DeploymentRecord::KIND, DeploymentRecord::NOUN),
        (DeployedKey::KIND, DeployedKey::NOUN),
        (DeletedDeployment::KIND, DeletedDeployment::NOUN),
        (UpdateRecord::KIND, UpdateRecord::NOUN),
        (LatestUpdate::KIND, LatestUpdate::NOUN),
        (HistoryRecord::KIND, HistoryRecord::NOUN),
        (HistoryListing::KIND, HistoryListing::NOUN),
        (Task::KIND, Task::NOUN),
        (CollectionRecord::KIND, CollectionRecord::NOUN),
        (User::KIND, User::NOUN),
        (Group::KIND, Group::NOUN),
        (ApiKeyRecord::KIND, ApiKeyRecord::NOUN),
        (BlockRecord::KIND, BlockRecord::NOUN),
        (HeadRecord::KIND, HeadRecord::NOUN),
        (SealedDay::KIND, SealedDay::NOUN),
        (AnchorRecord::KIND, AnchorRecord::NOUN),
        (PasswordRecord::KIND, PasswordRecord::NOUN),
        (BrowserSessionRecord::KIND, BrowserSessionRecord::NOUN),
        (IdempotencyRecord::KIND, IdempotencyRecord::NOUN),
        (ScheduleRecord::KIND, ScheduleRecord::NOUN),
        (EstateScheduleRecord::KIND, EstateScheduleRecord::NOUN),
        (Maintenance::KIND, Maintenance::NOUN),
        (WindowSet::KIND, WindowSet::NOUN),
        (RotationRecord::KIND, RotationRecord::NOUN),
        (WatchSetting::KIND, WatchSetting::NOUN),
        (WatchRecord::KIND, WatchRecord::NOUN),
        (WebhookRecord::KIND, WebhookRecord::NOUN),
        (DeliveryRecord::KIND, DeliveryRecord::NOUN),
        (FleetRecord::KIND, FleetRecord::NOUN),
        (FleetStateRecord::KIND, FleetStateRecord::NOUN),
        (ManagedInfra::KIND, ManagedInfra::NOUN),
    ];
    let known = kinds.into_iter().find(|(kind, _)| kind == collection);
    // The guard of an object is written with every reference to it.
    known.map_or(GUARD_NOUN, |(_, noun)| noun)
}

fn without_secrets(value: &impl Serialize) -> Result<(Value, Secrets), Failure> {
    Ok((serde_json::to_value(value)?, Secrets::new()))
}

/// Records that are their own documents, without secrets: type, collection, noun, id.
macro_rules! plain_records {
    ($($record:ident, $kind:literal, $noun:literal, $id:expr;)*) => {$(
        impl Record for $record {
            const KIND: Collection = Collection::new($kind);
            const NOUN: &'static str = $noun;

            fn id(&self) -> String {
                let id: fn(&Self) -> String = $id;
                id(self)
            }

            fn write(&self) -> Result<(Value, Secrets), Failure> {
                without_secrets(self)
            }

            fn read(stored: Stored) -> Result<Self, Failure> {
                Ok(typed(stored.body)?)
            }
        }
    )*};
}

plain_records! {
    BundleRecord, "bundle", "bundle", |record| Self::record_id(&record.project, &record.id);
    DeployedKey, "deployed-project", "deployed project",
        |record| format!("{}/{}", record.infra, record.key);
    DeletedDeployment, "deleted-deployment", "deployment", |record| record.id.to_string();
    UpdateRecord, "update", "update", |record| Self::record_id(&record.deployment, record.start);
    LatestUpdate, "latest-update", "update", |record| record.0.deployment.to_string();
    HistoryRecord, "history", "update", |record| record.history_id().to_string();
    HistoryListing, "deployment-history", "update",
        |record| Self::record_id(&record.deployment, &record.history_id());
    ScheduleRecord, "schedule", "scheduled update", |record| record.deployment.to_string();
    Task, "task", "task", |record| record.id.0.clone();
    CollectionRecord, "archive-collection", "collection of archives", |_| Self::ID.to_owned();
    User, "user", "user", |record| record.login.to_string();
    Group, "group", "group", |record| record.name.to_string();
    ApiKeyRecord, "api-key", "API key", |record| record.id.clone();
    BlockRecord, "audit-block", "block of the audit", |record| Self::record_id(record.number);
    HeadRecord, "audit-head", "head of the audit", |_| Self::ID.to_owned();
    SealedDay, "audit-seal", "sealed day of the audit", |record| record.day.clone();
    AnchorRecord, "audit-anchor", "anchor of the audit", |_| Self::ID.to_owned();
    BrowserSessionRecord, "browser-session", "session", |record| record.id.clone();
    Maintenance, "maintenance", "maintenance", |record| record.scope.to_string();
    WindowSet, "windows", "windows", |record| record.scope.to_string();
    StoredWindows, "windows", "windows", |record| record.scope.to_string();
    WatchSetting, "watch", "watch", |record| record.scope.to_string();
    WatchRecord, "watch-findings", "findings", |record| record.id.clone();
    DeliveryRecord, "webhook-delivery", "delivery", Self::record_id;
}
