use std::io;

use async_trait::async_trait;
use project_deployer_client::{BundleOperations, DeployerError, ResourceRef, Upload};
use project_deployer_core::bundle::{BundleContents, PublishedBundle};
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{BundleDigest, BundleId, GitCommit, ProjectKey};
use project_deployer_store::{Commit, Expected};
use serde_json::Value;

use super::{DeployerSession, View, allow, may};
use crate::archives::{Bytes, archive_failed, reference};
use crate::audit::{Action, Change};
use crate::bundle_reader::{ArrivingData, read_arrived};
use crate::read_model::Kept;
use crate::runner::LeaseKeeper;
use crate::spool::{Spool, SpoolError};
use crate::state::{
    BundleRecord, DeploymentRecord, Record as _, RecordCommit as _, UpdateRecord, references_to,
};

#[async_trait]
impl BundleOperations for DeployerSession {
    async fn upload_bundle(
        &self,
        upload: Upload,
        key: Option<&ProjectKey>,
    ) -> Result<(), DeployerError> {
        let project = key.map(ToString::to_string).unwrap_or_default();
        let named = ResourceRef::new(PublishedProjectSettings::NOUN, project);
        let work = async {
            let view = self.view().await?;
            // Rights are checked before gigabytes are received.
            match key {
                Some(key) => view.publishable(key).map(|_| ())?,
                None => view.may_publish_somewhere()?,
            }
            let inner = &self.deployer.inner;
            let git_commit = upload.git_commit.clone();
            let most = inner.limits.max_archive_bytes;
            let spool = Spool::receive(&inner.spool, upload, most, ArrivingData::new()).await;
            let spool = spool.map_err(not_received)?;
            let contents = self.contents(&spool).await?;
            let key = key.unwrap_or(&contents.project_key).clone();
            // In a task of its own: a cancelled call must not leave bytes without a reference.
            let this = self.clone();
            let origin = (contents, git_commit);
            in_task(async move { this.keep_bundle(&spool, origin, &key).await }).await
        };
        self.attempt(Action::Publish, named, work).await
    }

    async fn download_bundle(
        &self,
        key: &ProjectKey,
        id: &BundleId,
    ) -> Result<Upload, DeployerError> {
        let view = self.view().await?;
        view.project_for(Operation::DownloadBundle, key)?;
        let bundle = view.bundle_of(key, id)?.published;
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
        Ok(Upload::new(file_name, stored.length, stored.bytes))
    }

    async fn delete_bundle(&self, key: &ProjectKey, id: &BundleId) -> Result<(), DeployerError> {
        let work = async {
            let view = self.view().await?;
            view.project_for(Operation::DeleteBundle, key)?;
            let bundle = view.bundle_of(key, id)?;
            let guard = view.model.guard(references_to(&PublishedProjectSettings::KIND, key));
            let users = view.users_of_bundle(key, id)?;
            let object = ResourceRef::new(BundleRecord::NOUN, format_args!("{id} of {key}"));
            view.not_used_by(object, &users)?;
            let deleted = bundle.record.value.deleted();
            let commit = Commit::new()
                .replace(&bundle.record, &deleted)?
                .delete(reference(&bundle.published), Expected::Any)
                .unreferenced(&guard);
            let change = Change::deleted::<BundleRecord>(&bundle.record.value)?;
            self.delete_with_archives(commit, change, vec![bundle.published.digest]).await
        };
        let named = ResourceRef::new(BundleRecord::NOUN, BundleRecord::record_id(key, id));
        self.attempt(Action::Delete, named, work).await
    }

    /// Reports are made on Design nodes and are not in bundles, so this Deployer has none (R-G4).
    async fn standards_report(
        &self,
        key: &ProjectKey,
        bundle: &BundleId,
    ) -> Result<Option<Value>, DeployerError> {
        let view = self.view().await?;
        view.project_for(Operation::ViewProject, key)?;
        view.bundle_of(key, bundle)?;
        Ok(None)
    }
}

impl DeployerSession {
    /// What a bundle contains. Where its file becomes the archive, it has to be on disk then, and is on its way there while
    /// it is read.
    async fn contents(&self, spool: &Spool) -> Result<BundleContents, DeployerError> {
        let limits = self.deployer.inner.limits.clone();
        let arrived = spool.checksums();
        let reading = spool.read(move |file| read_arrived(file, &limits, &arrived));
        let is_kept = self.deployer.inner.archive.file_directory().is_some();
        let storing = async { if is_kept { spool.sync().await } else { Ok(()) } };
        let (contents, stored) = futures::join!(reading, storing);
        let contents = contents.map_err(disk_failed)?.map_err(|error| DeployerError::Bundle {
            reason: error.to_string(),
            source: Some(error.into()),
        })?;
        stored.map_err(disk_failed)?;
        Ok(contents)
    }

    /// Works under a lease on the bytes, so that a concurrent deletion of the last other bundle
    /// with the same bytes does not remove them.
    async fn keep_bundle(
        &self,
        spool: &Spool,
        (contents, git_commit): (BundleContents, Option<GitCommit>),
        key: &ProjectKey,
    ) -> Result<(), DeployerError> {
        // The upload may have taken long.
        let view = self.view().await?;
        view.publishable(key)?;
        let bundle = PublishedBundle::new(
            key.clone(),
            self.deployer.now(),
            view.login.clone(),
            (spool.digest().clone(), spool.length()),
            contents,
        )
        .with_git_commit(git_commit);
        // Before anything is stored.
        view.is_known(&bundle)?;
        let keeper = self.deployer.take_bytes(spool.digest()).await?;
        let kept = match self.keep_under(&keeper, spool, &bundle).await {
            // Another upload, perhaps, has just created the project.
            Err(DeployerError::ChangedMeanwhile(_)) => {
                self.keep_under(&keeper, spool, &bundle).await
            }
            kept => kept,
        };
        if kept.is_err()
            && let Err(error) = self.deployer.forget_under(keeper.lease(), &bundle.digest).await
        {
            let digest = &bundle.digest;
            tracing::warn!(%digest, %error, "the bytes of a refused bundle could not be removed");
        }
        keeper.release().await;
        kept
    }

    /// Stores the bytes, and then the bundle. If the bundle was published before with the same bytes, only
    /// bytes that are missing or damaged are stored again.
    async fn keep_under(
        &self,
        keeper: &LeaseKeeper,
        spool: &Spool,
        bundle: &PublishedBundle,
    ) -> Result<(), DeployerError> {
        let key = &bundle.published_project_key;
        let view = self.view().await?;
        let project = view.publishable(key)?;
        let is_known = view.is_known(bundle)?;
        let stored = self.deployer.store_bytes(keeper, spool).await?;
        if is_known {
            return match stored {
                Bytes::Written => {
                    let id = BundleRecord::record_id(key, bundle.id());
                    let change = Change::of(Action::Repair, BundleRecord::KIND.name(), &id);
                    self.commit(Commit::new().fenced_by(keeper.lease()), change).await
                }
                Bytes::Present => Err(already_exists(bundle)),
            };
        }
        let commit = match project {
            Some(project) => Commit::new().unchanged(project),
            None => {
                let owner = bundle.published_by.clone();
                Commit::new().create(&PublishedProjectSettings::new(key.clone(), owner))?
            }
        };
        // The guard keeps the project, which is deleted with the bundles that it has then.
        let record = BundleRecord::of(bundle.clone());
        let commit = commit
            .create(&record)?
            .refer(reference(bundle))
            .refer(references_to(&PublishedProjectSettings::KIND, key))
            .fenced_by(keeper.lease());
        self.commit(commit, Change::created(&record)?.by(Action::Publish)).await
    }

    /// Commits a deletion, and removes the archives that nothing refers to any more. In a task of its own: a
    /// cancelled call must not leave bytes without a reference.
    pub(super) async fn delete_with_archives(
        &self,
        commit: Commit,
        change: Change,
        digests: Vec<BundleDigest>,
    ) -> Result<(), DeployerError> {
        let this = self.clone();
        in_task(async move {
            this.commit(commit, change).await?;
            this.deployer.forget_archives(digests).await;
            Ok(())
        })
        .await
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

impl View {
    fn may_publish_somewhere(&self) -> Result<(), DeployerError> {
        let mut projects = self.model.projects();
        if projects.any(|kept| may(self, Operation::UploadBundle, Scope::project(&kept.value))) {
            return Ok(());
        }
        let named = ResourceRef::new(PublishedProjectSettings::NOUN, "");
        allow(self, Operation::CreateProject, Scope::deployer(), named)
    }

    /// The published project of a new bundle, if the caller may publish there; `None` when the
    /// project does not exist and the caller may create it. A hidden project is reported as a taken
    /// name to a caller who may create projects, and as not found to others (R-P2).
    fn publishable(
        &self,
        key: &ProjectKey,
    ) -> Result<Option<&Kept<PublishedProjectSettings>>, DeployerError> {
        let named = || ResourceRef::new(PublishedProjectSettings::NOUN, key);
        let found = self.model.project(key)?;
        let visible = |project: &Kept<PublishedProjectSettings>| {
            may(self, Operation::ViewProject, Scope::project(&project.value))
        };
        match found {
            Some(project) if visible(project) => {
                let scope = Scope::project(&project.value);
                allow(self, Operation::UploadBundle, scope, named())?;
                Ok(Some(project))
            }
            hidden_or_absent => {
                allow(self, Operation::CreateProject, Scope::deployer(), named())?;
                match hidden_or_absent {
                    Some(_) => Err(DeployerError::AlreadyExists(named())),
                    None => Ok(None),
                }
            }
        }
    }

    /// Whether the bundle was published before, with the same bytes. A bundle id means the same bytes for ever
    /// (R-D10): nodes keep bundles by id.
    fn is_known(&self, bundle: &PublishedBundle) -> Result<bool, DeployerError> {
        let (key, id) = (&bundle.published_project_key, bundle.id());
        let Some(known) = self.model.bundle(key, id)? else { return Ok(false) };
        match &known.value.published {
            Some(known) if known.digest == bundle.digest => Ok(true),
            Some(_) => Err(already_exists(bundle)),
            None => Err(DeployerError::not_possible(
                format!("bundle `{id}` of `{key}` existed before, and nodes may still have it"),
                "publish it under another id",
            )),
        }
    }

    /// The deployments of this bundle, and those with a running update to it.
    fn users_of_bundle(
        &self,
        key: &ProjectKey,
        id: &BundleId,
    ) -> Result<Vec<&Kept<DeploymentRecord>>, DeployerError> {
        let mut users = Vec::new();
        for user in self.model.deployments_of(key)? {
            let settings = &user.value.settings;
            let latest = self.model.latest_update(&settings.id)?;
            let is_pushed = |update: &UpdateRecord| update.is_running() && update.bundle == *id;
            if settings.bundle_id == *id || latest.is_some_and(is_pushed) {
                users.push(user);
            }
        }
        Ok(users)
    }
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
