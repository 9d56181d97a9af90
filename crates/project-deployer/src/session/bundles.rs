use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use project_deployer_client::{BundleOperations, DeployerError, ResourceRef, Upload};
use project_deployer_core::bundle::{BundleContents, PublishedBundle};
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Caller, Operation, Scope};
use project_deployer_core::{BundleDigest, BundleId, DeploymentId, ProjectKey};
use project_deployer_store::{ArchiveError, Commit, Lease, StoreError};
use serde_json::Value;

use super::{DeployerSession, allow, may};
use crate::bundle_reader::read_bundle;
use crate::spool::{Spool, SpoolError};
use crate::state::{
    BundleRecord, LatestUpdate, Record as _, RecordCommit as _, VersionedRecord, references_to,
};

/// How long bytes are protected from removal while they are put into the archive.
const PUBLISHING: Duration = Duration::from_secs(3600);

#[async_trait]
impl BundleOperations for DeployerSession {
    async fn upload_bundle(
        &self,
        upload: Upload,
        key: Option<&ProjectKey>,
    ) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        // Rights are checked before gigabytes are received.
        match key {
            Some(key) => self.publishable(&caller, key).await.map(|_| ())?,
            None => self.may_publish_somewhere(&caller).await?,
        }
        let spool = Spool::receive(upload, self.deployer.inner.limits.max_archive_bytes).await;
        let spool = spool.map_err(not_received)?;
        let contents = self.contents(&spool).await?;
        let key = key.unwrap_or(&contents.project_key).clone();
        // In a task of its own: a cancelled call must not leave bytes without a reference.
        let this = self.clone();
        let kept =
            tokio::spawn(async move { this.keep_bundle(&caller, &spool, contents, &key).await });
        kept.await.unwrap_or_else(|error| Err(DeployerError::state("the bundle archive", error)))
    }

    async fn download_bundle(
        &self,
        key: &ProjectKey,
        id: &BundleId,
    ) -> Result<Upload, DeployerError> {
        let caller = self.caller().await?;
        self.project_for(&caller, Operation::DownloadBundle, key).await?;
        let bundle = self.bundle_of(key, id).await?.published;
        let stored = self.deployer.inner.archive.open(&bundle.digest, 0).await;
        let stored = stored.map_err(archive_failed)?.ok_or_else(|| {
            DeployerError::not_possible(
                format!("the archive of bundle `{id}` of `{key}` is missing"),
                "publish the bundle again under another id",
            )
        })?;
        let file_name = format!("{key}-{id}.zip");
        Ok(Upload::new(file_name, stored.length, stored.bytes))
    }

    async fn delete_bundle(&self, key: &ProjectKey, id: &BundleId) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        self.project_for(&caller, Operation::DeleteBundle, key).await?;
        let bundle = self.bundle_of(key, id).await?;
        let guard = references_to(&PublishedProjectSettings::KIND, key);
        let guard = self.repository().guard(guard).await?;
        let mut users = self.deployments_of(key).await?;
        let pushed = self.pushed_now(id).await?;
        users.retain(|user| {
            let settings = &user.settings;
            settings.bundle_id == *id || pushed.contains(&settings.id)
        });
        let object = ResourceRef::new(BundleRecord::NOUN, format_args!("{id} of {key}"));
        self.not_used_by(&caller, object, &users).await?;
        let deleted = bundle.record.value.deleted();
        let commit = Commit::new().replace(&bundle.record, &deleted)?.unreferenced(&guard);
        self.repository().commit(commit).await?;
        self.forget_archive(&bundle.published.digest).await;
        Ok(())
    }

    /// Reports are made on Design nodes and are not in bundles, so this Deployer has none (R-G4).
    async fn standards_report(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<Option<Value>, DeployerError> {
        let caller = self.caller().await?;
        self.project_for(&caller, Operation::ViewProject, key).await?;
        self.bundle_of(key, bundle).await?;
        Ok(None)
    }
}

impl DeployerSession {
    async fn may_publish_somewhere(&self, caller: &Caller) -> Result<(), DeployerError> {
        let projects = self.repository().readable::<PublishedProjectSettings>().await?;
        let writes = |project: &PublishedProjectSettings| {
            may(caller, Operation::UploadBundle, Scope::project(project))
        };
        if projects.iter().any(writes) {
            return Ok(());
        }
        let named = ResourceRef::new(PublishedProjectSettings::NOUN, "");
        allow(caller, Operation::CreateProject, Scope::deployer(), named)
    }

    /// The published project of a new bundle, if the caller may publish there; `None` when the
    /// project does not exist and the caller may create it. A hidden project is reported as a taken
    /// name to a caller who may create projects, and as not found to others (R-P2).
    async fn publishable(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<Option<VersionedRecord<PublishedProjectSettings>>, DeployerError> {
        let named = || ResourceRef::new(PublishedProjectSettings::NOUN, key);
        let found = self.repository().find::<PublishedProjectSettings>(key).await?;
        let visible = |project: &VersionedRecord<PublishedProjectSettings>| {
            may(caller, Operation::ViewProject, Scope::project(&project.value))
        };
        match found {
            Some(project) if visible(&project) => {
                let scope = Scope::project(&project.value);
                allow(caller, Operation::UploadBundle, scope, named())?;
                Ok(Some(project))
            }
            hidden_or_absent => {
                allow(caller, Operation::CreateProject, Scope::deployer(), named())?;
                match hidden_or_absent {
                    Some(_) => Err(DeployerError::AlreadyExists(named())),
                    None => Ok(None),
                }
            }
        }
    }

    async fn contents(&self, spool: &Spool) -> Result<BundleContents, DeployerError> {
        let limits = self.deployer.inner.limits.clone();
        let contents = spool.read(move |file| read_bundle(file, &limits)).await;
        contents.map_err(disk_failed)?.map_err(|error| DeployerError::Bundle {
            reason: error.to_string(),
            source: Some(error.into()),
        })
    }

    /// Works under a lease on the bytes, so that a concurrent deletion of the last other bundle
    /// with the same bytes does not remove them.
    async fn keep_bundle(
        &self,
        caller: &Caller,
        spool: &Spool,
        contents: BundleContents,
        key: &ProjectKey,
    ) -> Result<(), DeployerError> {
        let project = self.publishable(caller, key).await?;
        self.is_new(key, &contents.bundle_id).await?;
        let bundle = PublishedBundle::new(
            key.clone(),
            self.deployer.now(),
            caller.login.clone(),
            (spool.digest().clone(), spool.length()),
            contents,
        );
        let lease = self.take_bytes(spool.digest()).await?;
        let kept = match self.keep_under(&lease, spool, &bundle, project).await {
            // Another upload, perhaps, has just created the project.
            Err(DeployerError::ChangedMeanwhile(_)) => {
                let project = self.publishable(caller, key).await?;
                self.is_new(key, bundle.id()).await?;
                self.keep_under(&lease, spool, &bundle, project).await
            }
            kept => kept,
        };
        self.deployer.release(&lease).await;
        if kept.is_err() {
            self.forget_archive(spool.digest()).await;
        }
        kept
    }

    async fn keep_under(
        &self,
        lease: &Lease,
        spool: &Spool,
        bundle: &PublishedBundle,
        project: Option<VersionedRecord<PublishedProjectSettings>>,
    ) -> Result<(), DeployerError> {
        let stream = spool.stream().map_err(disk_failed)?;
        let stored = self.deployer.inner.archive.put(&bundle.digest, bundle.size, stream).await;
        stored.map_err(archive_failed)?;
        let key = &bundle.published_project_key;
        let commit = match &project {
            Some(project) => Commit::new().unchanged(project),
            None => {
                let owner = bundle.published_by.clone();
                Commit::new().create(&PublishedProjectSettings::new(key.clone(), owner))?
            }
        };
        // The guard keeps the project, which is deleted with the bundles that it has then.
        let commit = commit
            .create(&BundleRecord::of(bundle.clone()))?
            .refer(references_to(&PublishedProjectSettings::KIND, key))
            .fenced_by(lease);
        self.repository().commit(commit).await
    }

    /// A bundle id means the same bytes for ever (R-D10): nodes keep bundles by id.
    async fn is_new(&self, key: &ProjectKey, id: &BundleId) -> Result<(), DeployerError> {
        let found = self.repository().find::<BundleRecord>(BundleRecord::record_id(key, id));
        match found.await? {
            None => Ok(()),
            Some(known) if known.value.published.is_some() => {
                let object = ResourceRef::new(BundleRecord::NOUN, format_args!("{id} of {key}"));
                Err(DeployerError::AlreadyExists(object))
            }
            Some(_) => Err(DeployerError::not_possible(
                format!("bundle `{id}` of `{key}` existed before, and nodes may still have it"),
                "publish it under another id",
            )),
        }
    }

    /// Takes the lease to add or remove bytes. Another holder is publishing or deleting the same
    /// bytes.
    async fn take_bytes(&self, digest: &BundleDigest) -> Result<Lease, DeployerError> {
        let name = format!("bytes/{digest}");
        let store = &self.repository().store;
        let taken = store.take_lease(&name, &self.deployer.inner.name, PUBLISHING).await;
        taken.map_err(|error| match error {
            StoreError::Held { .. } => DeployerError::not_possible(
                "the same bundle is being published or deleted by another call",
                "try again later",
            ),
            other => DeployerError::state("the Deployer", other),
        })
    }

    /// The deployments with a running update to a bundle of this id.
    async fn pushed_now(&self, id: &BundleId) -> Result<BTreeSet<DeploymentId>, DeployerError> {
        let updates = self.repository().all::<LatestUpdate>().await?;
        let pushed = updates.into_iter().map(|update| update.0);
        let pushed = pushed.filter(|update| update.is_running() && update.bundle == *id);
        Ok(pushed.map(|update| update.deployment).collect())
    }

    /// Removes bytes that no bundle refers to. A failure only costs disk space, so it does not fail
    /// the operation that called this.
    pub(super) async fn forget_archive(&self, digest: &BundleDigest) {
        // Another holder of the lease publishes these bytes, or removes them.
        let Ok(lease) = self.take_bytes(digest).await else { return };
        if let Err(error) = self.forget_under(&lease, digest).await {
            tracing::warn!(%digest, %error, "an archive that nothing refers to could not be removed");
        }
        self.deployer.release(&lease).await;
    }

    async fn forget_under(
        &self,
        lease: &Lease,
        digest: &BundleDigest,
    ) -> Result<(), DeployerError> {
        let records = self.repository().all::<BundleRecord>().await?;
        let mut bundles = records.iter().filter_map(|record| record.published.as_ref());
        if bundles.any(|bundle| bundle.digest == *digest) {
            return Ok(());
        }
        // A process that lost the lease removes nothing.
        self.repository().commit(Commit::new().fenced_by(lease)).await?;
        self.deployer.inner.archive.delete(digest).await.map_err(archive_failed)
    }
}

fn not_received(error: SpoolError) -> DeployerError {
    match error {
        SpoolError::Disk(source) => disk_failed(source),
        refused => {
            DeployerError::Bundle { reason: refused.to_string(), source: Some(refused.into()) }
        }
    }
}

fn disk_failed(source: io::Error) -> DeployerError {
    DeployerError::state("a bundle upload", source)
}

fn archive_failed(error: ArchiveError) -> DeployerError {
    DeployerError::state("the bundle archive", error)
}
