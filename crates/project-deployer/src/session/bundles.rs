use std::collections::BTreeSet;
use std::io;

use async_trait::async_trait;
use project_deployer_client::{BundleOperations, DeployerError, ResourceRef, Upload};
use project_deployer_core::bundle::{BundleContents, PublishedBundle};
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Caller, Operation, Scope};
use project_deployer_core::{BundleDigest, BundleId, DeploymentId, ProjectKey};
use project_deployer_store::{Commit, Expected};
use serde_json::Value;

use super::{DeployerSession, allow, may};
use crate::archives::{Bytes, archive_failed, reference};
use crate::bundle_reader::read_bundle;
use crate::runner::LeaseKeeper;
use crate::spool::{Spool, SpoolError};
use crate::state::{
    BundleRecord, LatestUpdate, Record as _, RecordCommit as _, VersionedRecord, references_to,
};

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
        let inner = &self.deployer.inner;
        let spool = Spool::receive(&inner.spool, upload, inner.limits.max_archive_bytes).await;
        let spool = spool.map_err(not_received)?;
        let contents = self.contents(&spool).await?;
        let key = key.unwrap_or(&contents.project_key).clone();
        // In a task of its own: a cancelled call must not leave bytes without a reference.
        let this = self.clone();
        in_task(async move { this.keep_bundle(&caller, &spool, contents, &key).await }).await
    }

    async fn download_bundle(
        &self,
        key: &ProjectKey,
        id: &BundleId,
    ) -> Result<Upload, DeployerError> {
        let caller = self.caller().await?;
        self.project_for(&caller, Operation::DownloadBundle, key).await?;
        let bundle = self.bundle_of(key, id).await?.published;
        let object = || ResourceRef::new(BundleRecord::NOUN, format_args!("{id} of {key}"));
        let stored = self.deployer.inner.archive.open(&bundle.digest, 0).await;
        let stored = stored.map_err(archive_failed)?.ok_or_else(|| {
            DeployerError::not_possible(
                format!("the archive of {} is missing", object()),
                "publish the same bundle again",
            )
        })?;
        let stored = stored.checked(&bundle.digest, Some(bundle.size));
        let stored = stored.map_err(|error| DeployerError::ArchiveDamaged {
            bundle: object(),
            source: error.into(),
        })?;
        let file_name = format!("{key}-{id}.zip");
        Ok(Upload { file_name, length: stored.length, bytes: stored.bytes })
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
        let commit = Commit::new()
            .replace(&bundle.record, &deleted)?
            .delete(reference(&bundle.published), Expected::Any)
            .unreferenced(&guard);
        self.delete_with_archives(commit, vec![bundle.published.digest]).await
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
        self.publishable(caller, key).await?;
        let bundle = PublishedBundle::new(
            key.clone(),
            self.deployer.now(),
            caller.login.clone(),
            (spool.digest().clone(), spool.length()),
            contents,
        );
        // Before anything is stored.
        self.is_known(&bundle).await?;
        let keeper = self.deployer.take_bytes(spool.digest()).await?;
        let kept = match self.keep_under(&keeper, caller, spool, &bundle).await {
            // Another upload, perhaps, has just created the project.
            Err(DeployerError::ChangedMeanwhile(_)) => {
                self.keep_under(&keeper, caller, spool, &bundle).await
            }
            kept => kept,
        };
        if kept.is_err()
            && let Err(error) = self.deployer.forget_under(keeper.lease(), &bundle.digest).await
        {
            let digest = &bundle.digest;
            tracing::warn!(%digest, %error, "the bytes of a refused bundle could not be removed");
        }
        self.deployer.release(keeper.lease()).await;
        kept
    }

    /// Stores the bytes, and then the bundle. If the bundle was published before with the same bytes, only
    /// bytes that are missing or damaged are stored again.
    async fn keep_under(
        &self,
        keeper: &LeaseKeeper,
        caller: &Caller,
        spool: &Spool,
        bundle: &PublishedBundle,
    ) -> Result<(), DeployerError> {
        let key = &bundle.published_project_key;
        let project = self.publishable(caller, key).await?;
        let is_known = self.is_known(bundle).await?;
        let stored = self.deployer.store_bytes(keeper, spool).await?;
        if is_known {
            return match stored {
                Bytes::Written => Ok(()),
                Bytes::Present => Err(already_exists(bundle)),
            };
        }
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
            .refer(reference(bundle))
            .refer(references_to(&PublishedProjectSettings::KIND, key))
            .fenced_by(keeper.lease());
        self.repository().commit(commit).await
    }

    /// Whether the bundle was published before, with the same bytes. A bundle id means the same bytes for ever
    /// (R-D10): nodes keep bundles by id.
    async fn is_known(&self, bundle: &PublishedBundle) -> Result<bool, DeployerError> {
        let (key, id) = (&bundle.published_project_key, bundle.id());
        let found = self.repository().find::<BundleRecord>(BundleRecord::record_id(key, id));
        let Some(known) = found.await? else { return Ok(false) };
        match known.value.published {
            Some(known) if known.digest == bundle.digest => Ok(true),
            Some(_) => Err(already_exists(bundle)),
            None => Err(DeployerError::not_possible(
                format!("bundle `{id}` of `{key}` existed before, and nodes may still have it"),
                "publish it under another id",
            )),
        }
    }

    /// Commits a deletion, and removes the archives that nothing refers to any more. In a task of its own: a
    /// cancelled call must not leave bytes without a reference.
    pub(super) async fn delete_with_archives(
        &self,
        commit: Commit,
        digests: Vec<BundleDigest>,
    ) -> Result<(), DeployerError> {
        let deployer = self.deployer.clone();
        in_task(async move {
            deployer.inner.repository.commit(commit).await?;
            deployer.forget_archives(digests).await;
            Ok(())
        })
        .await
    }

    /// The deployments with a running update to a bundle of this id.
    async fn pushed_now(&self, id: &BundleId) -> Result<BTreeSet<DeploymentId>, DeployerError> {
        let updates = self.repository().all::<LatestUpdate>().await?;
        let pushed = updates.into_iter().map(|update| update.0);
        let pushed = pushed.filter(|update| update.is_running() && update.bundle == *id);
        Ok(pushed.map(|update| update.deployment).collect())
    }
}

async fn in_task(
    work: impl Future<Output = Result<(), DeployerError>> + Send + 'static,
) -> Result<(), DeployerError> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|error| Err(DeployerError::state("the bundle archive", error)))
}

fn already_exists(bundle: &PublishedBundle) -> DeployerError {
    let id = format_args!("{} of {}", bundle.id(), bundle.published_project_key);
    DeployerError::AlreadyExists(ResourceRef::new(BundleRecord::NOUN, id))
}

fn not_received(error: SpoolError) -> DeployerError {
    match error {
        SpoolError::Disk { .. } => DeployerError::state("a bundle upload", error),
        refused => {
            DeployerError::Bundle { reason: refused.to_string(), source: Some(refused.into()) }
        }
    }
}

fn disk_failed(source: io::Error) -> DeployerError {
    DeployerError::state("a bundle upload", source)
}
