use std::collections::BTreeSet;

use project_deployer_core::accounts::{Group, User};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_store::{DocumentKey, JournalStream};

use super::references::{Present, Reference, Target};
use crate::archives::{ABOUT_ARCHIVES, REFERENCES};
use crate::audit::{AnchorRecord, BlockRecord, DAYS, HeadRecord, SealedDay, journal_of};
use crate::causes::with_causes;
use crate::estate::EstateScheduleRecord;
use crate::fleets::{FleetRecord, FleetStateRecord, ManagedInfra};
use crate::history::INDEXED;
use crate::maintenance::{Maintenance, MaintenanceScope};
use crate::rotation::RotationRecord;
use crate::state::{
    ApiKeyRecord, BrowserSessionRecord, BundleRecord, CollectionRecord, DeletedDeployment,
    DeployedKey, DeploymentRecord, GUARDS, HistoryListing, HistoryRecord, IdempotencyRecord,
    LatestUpdate, PasswordRecord, Record, ScheduleRecord, Stages, StateMark, Stored, Task,
    UpdateRecord, decode,
};
use crate::watch::{WatchRecord, WatchSetting};
use crate::webhooks::{DeliveryRecord, Webhook, WebhookRecord};
use crate::windows::WindowSet;

/// What the documents of a state say about each other.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) documents: u64,
    pub(super) entries: u64,
    pub(super) secrets: u64,
    present: Present,
    references: Vec<Reference>,
    stages: Option<StageCatalogue>,
    stages_are_unknown: bool,
    an_update_is_unknown: bool,
}

impl Facts {
    /// A document exists, whether or not it can be read.
    pub(super) fn exists(&mut self, key: &DocumentKey) {
        self.documents += 1;
        self.present.documents.insert(key.clone());
    }

    /// A document cannot be read.
    pub(super) fn unreadable(&mut self, key: &DocumentKey) {
        self.stages_are_unknown |= key.collection == Stages::KIND;
        self.an_update_is_unknown |=
            key.collection == UpdateRecord::KIND || key.collection == HistoryRecord::KIND;
    }

    /// A journal has entries.
    pub(super) fn has_journal(&mut self, stream: JournalStream) {
        self.present.journals.insert(stream);
    }

    /// What exists. Call it when everything was read.
    pub(super) fn present(&mut self) -> Present {
        let stages = self.stages.take().unwrap_or_else(StageCatalogue::shipped);
        let stages: BTreeSet<_> = stages.iter().map(|stage| stage.id.clone()).collect();
        Present {
            stages: (!self.stages_are_unknown).then_some(stages),
            knows_all_updates: !self.an_update_is_unknown,
            ..std::mem::take(&mut self.present)
        }
    }

    /// What the documents name.
    pub(super) fn references(&self) -> &[Reference] {
        &self.references
    }

    /// Reads a document of this program, or says why it cannot be read.
    pub(super) fn learn(&mut self, key: &DocumentKey, stored: Stored) -> Result<(), String> {
        self.secrets += stored.secrets.len() as u64;
        let learned = self.learn_kind(key, stored);
        if learned.is_err() {
            self.unreadable(key);
        }
        learned
    }

    fn learn_kind(&mut self, key: &DocumentKey, stored: Stored) -> Result<(), String> {
        let kind = &key.collection;
        if *kind == GUARDS || *kind == ABOUT_ARCHIVES || *kind == INDEXED {
            return Ok(());
        }
        if *kind == REFERENCES {
            return self.archive_reference(key);
        }
        if *kind == DAYS {
            self.refer(key, Target::Journal(journal_of(&key.id)));
            return Ok(());
        }
        if *kind == InfraSettings::KIND {
            let infra: InfraSettings = read(key, stored)?;
            self.refer(key, Target::Stage(infra.stage));
        } else if *kind == BundleRecord::KIND {
            self.bundle(key, read(key, stored)?);
        } else if *kind == DeploymentRecord::KIND {
            self.deployment(key, &read(key, stored)?);
        } else if *kind == DeployedKey::KIND {
            let owned: DeployedKey = read(key, stored)?;
            self.refer(key, Target::Document(InfraSettings::KIND.key(&owned.infra)));
            for deployment in owned.older.iter().chain([&owned.deployment]) {
                self.refer(key, Target::Document(DeploymentRecord::KIND.key(deployment)));
            }
        } else if *kind == UpdateRecord::KIND {
            let update: UpdateRecord = read(key, stored)?;
            self.refer(key, Target::Journal(update.task.journal()));
        } else if *kind == LatestUpdate::KIND {
            let LatestUpdate(update) = read(key, stored)?;
            self.refer(key, Target::Document(UpdateRecord::KIND.key(update.id())));
        } else if *kind == Task::KIND {
            let task: Task = read(key, stored)?;
            let update = UpdateRecord::record_id(&task.deployment, task.start);
            self.refer(key, Target::Document(UpdateRecord::KIND.key(update)));
        } else if *kind == HistoryRecord::KIND {
            let entry: HistoryRecord = read(key, stored)?;
            self.refer(key, Target::Journal(entry.task.journal()));
            self.refer(key, Target::Document(HistoryListing::KIND.key(entry.listing().id())));
        } else if *kind == HistoryListing::KIND {
            let listing: HistoryListing = read(key, stored)?;
            self.refer(key, Target::Document(HistoryRecord::KIND.key(listing.history_id())));
        } else if *kind == Maintenance::KIND {
            let found: Maintenance = read(key, stored)?;
            self.maintenance(key, found.scope);
        } else if *kind == WindowSet::KIND {
            let found: WindowSet = read(key, stored)?;
            self.maintenance(key, found.scope);
        } else if *kind == ManagedInfra::KIND {
            let found: ManagedInfra = read(key, stored)?;
            self.refer(key, Target::Document(InfraSettings::KIND.key(&found.infra)));
            self.refer(key, Target::Document(FleetRecord::KIND.key(&found.fleet)));
        } else if *kind == FleetStateRecord::KIND {
            let found: FleetStateRecord = read(key, stored)?;
            self.refer(key, Target::Document(FleetRecord::KIND.key(&found.0.fleet)));
        } else if *kind == Stages::KIND {
            self.stages = Some(read::<Stages>(key, stored)?.0);
        } else {
            return read_other(key, stored);
        }
        Ok(())
    }

    fn bundle(&mut self, key: &DocumentKey, bundle: BundleRecord) {
        match bundle.published {
            Some(published) => {
                let project = PublishedProjectSettings::KIND.key(&bundle.project);
                self.refer(key, Target::Document(project));
                self.present.needed.insert(published.digest.clone());
                self.present.archives.insert(key.clone(), (published.digest, published.size));
            }
            // What is left of a deleted bundle outlives its project.
            None => {
                self.present.deleted.insert(key.clone());
            }
        }
    }

    fn maintenance(&mut self, key: &DocumentKey, scope: MaintenanceScope) {
        match scope {
            MaintenanceScope::Everything => {}
            MaintenanceScope::Stage(stage) => self.refer(key, Target::Stage(stage)),
            MaintenanceScope::Infra(infra) => {
                self.refer(key, Target::Document(InfraSettings::KIND.key(&infra)));
            }
        }
    }

    fn archive_reference(&mut self, key: &DocumentKey) -> Result<(), String> {
        let Some((_, bundle)) = key.id.split_once('/') else {
            return Err("its id names no archive".to_owned());
        };
        self.refer(key, Target::Document(BundleRecord::KIND.key(bundle)));
        Ok(())
    }

    fn deployment(&mut self, key: &DocumentKey, found: &DeploymentRecord) {
        let settings = &found.settings;
        let project = &settings.published_project_key;
        let bundle = BundleRecord::record_id(project, &settings.bundle_id);
        self.refer(key, Target::Document(InfraSettings::KIND.key(&settings.infra_id)));
        self.refer(key, Target::Document(PublishedProjectSettings::KIND.key(project)));
        self.refer(key, Target::Bundle(BundleRecord::KIND.key(bundle)));
    }

    fn refer(&mut self, from: &DocumentKey, to: Target) {
        self.references.push(Reference { from: from.clone(), to });
    }
}

/// Documents that name nothing.
fn read_other(key: &DocumentKey, stored: Stored) -> Result<(), String> {
    let kind = &key.collection;
    if *kind == PublishedProjectSettings::KIND {
        return read::<PublishedProjectSettings>(key, stored).map(|_| ());
    }
    if *kind == User::KIND {
        return read::<User>(key, stored).map(|_| ());
    }
    if *kind == Group::KIND {
        return read::<Group>(key, stored).map(|_| ());
    }
    if *kind == ApiKeyRecord::KIND {
        return read::<ApiKeyRecord>(key, stored).map(|_| ());
    }
    if *kind == PasswordRecord::KIND {
        return read::<PasswordRecord>(key, stored).map(|_| ());
    }
    if *kind == BrowserSessionRecord::KIND {
        return read::<BrowserSessionRecord>(key, stored).map(|_| ());
    }
    if *kind == IdempotencyRecord::KIND {
        return read::<IdempotencyRecord>(key, stored).map(|_| ());
    }
    if *kind == ScheduleRecord::KIND {
        return read::<ScheduleRecord>(key, stored).map(|_| ());
    }
    if *kind == EstateScheduleRecord::KIND {
        return read::<EstateScheduleRecord>(key, stored).map(|_| ());
    }
    if *kind == CollectionRecord::KIND {
        return read::<CollectionRecord>(key, stored).map(|_| ());
    }
    if *kind == DeletedDeployment::KIND {
        return read::<DeletedDeployment>(key, stored).map(|_| ());
    }
    if *kind == BlockRecord::KIND {
        return read::<BlockRecord>(key, stored).map(|_| ());
    }
    if *kind == HeadRecord::KIND {
        return read::<HeadRecord>(key, stored).map(|_| ());
    }
    if *kind == SealedDay::KIND {
        return read::<SealedDay>(key, stored).map(|_| ());
    }
    if *kind == AnchorRecord::KIND {
        return read::<AnchorRecord>(key, stored).map(|_| ());
    }
    if *kind == RotationRecord::KIND {
        return read::<RotationRecord>(key, stored).map(|_| ());
    }
    if *kind == WatchSetting::KIND {
        return read::<WatchSetting>(key, stored).map(|_| ());
    }
    if *kind == WatchRecord::KIND {
        return read::<WatchRecord>(key, stored).map(|_| ());
    }
    if *kind == WebhookRecord::KIND {
        return read::<Webhook>(key, stored).map(|_| ());
    }
    if *kind == DeliveryRecord::KIND {
        return read::<DeliveryRecord>(key, stored).map(|_| ());
    }
    if *kind == StateMark::KIND {
        return read::<StateMark>(key, stored).map(|_| ());
    }
    Err(format!("this program knows no kind `{kind}`; use the program that wrote it"))
}

fn read<T: Record>(key: &DocumentKey, stored: Stored) -> Result<T, String> {
    decode(key, stored).map_err(|error| with_causes(&error))
}
