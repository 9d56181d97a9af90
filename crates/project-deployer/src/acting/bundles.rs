use std::io;

use project_deployer_client::{DeployerError, Named, Upload};
use project_deployer_core::bundle::{BundleContents, PublishedBundle};
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Caller, Operation, Scope};
use project_deployer_core::{BundleDigest, BundleId, ProjectKey};
use project_deployer_store::{ArchiveError, Commit};

use super::{ActingDeployer, BUNDLE, allow, bundle_in};
use crate::bundle_reader::read_bundle;
use crate::spool::Spool;
use crate::state::{BundleList, Found, Record as _, RecordCommit as _, references_to};

impl ActingDeployer {
    pub(super) async fn publish_bundle(
        &self,
        upload: Upload,
        key: Option<&ProjectKey>,
    ) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        if let Some(key) = key {
            // Nobody without the right makes us take gigabytes.
            self.publishable(&caller, key).await?;
        }
        let spool = Spool::receive(upload, self.deployer.inner.limits.max_archive_bytes).await;
        let spool = spool.map_err(not_received)?;
        let contents = self.contents(&spool).await?;
        let key = key.unwrap_or(&contents.project_key).clone();
        let project = self.publishable(&caller, &key).await?;
        let list = self.bundles_of(&key).await?;
        if list.value.get(&contents.bundle_id).is_some() {
            let id = format_args!("{} of {key}", contents.bundle_id).to_string();
            return Err(DeployerError::AlreadyExists(Named::new(BUNDLE.0, id)));
        }
        self.keep_bundle(&caller, &spool, contents, (project, list)).await
    }

    /// The published project that a bundle goes to, if the caller may put one there; none when it has
    /// to be created first and the caller may do that.
    async fn publishable(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<Option<Found<PublishedProjectSettings>>, DeployerError> {
        let named = Named::new(PublishedProjectSettings::KIND.0, key);
        match self.repository().find::<PublishedProjectSettings>(key).await? {
            Some(project) => {
                let scope = Scope::project(&project.value);
                allow(caller, Operation::UploadBundle, scope, named)?;
                Ok(Some(project))
            }
            None => {
                allow(caller, Operation::CreateProject, Scope::deployer(), named)?;
                Ok(None)
            }
        }
    }

    async fn contents(&self, spool: &Spool) -> Result<BundleContents, DeployerError> {
        let limits = self.deployer.inner.limits.clone();
        let contents = spool.read(move |file| read_bundle(file, &limits)).await;
        contents.map_err(not_received)?.map_err(|error| DeployerError::Bundle {
            reason: error.to_string(),
            source: Some(error.into()),
        })
    }

    async fn keep_bundle(
        &self,
        caller: &Caller,
        spool: &Spool,
        contents: BundleContents,
        (project, list): (Option<Found<PublishedProjectSettings>>, Found<BundleList>),
    ) -> Result<(), DeployerError> {
        let archive = &self.deployer.inner.archive;
        let stream = || spool.stream().map_err(not_received);
        let (digest, size) = archive.put(stream()?).await.map_err(archive_failed)?;
        let bundle = PublishedBundle {
            published_project_key: list.value.project.clone(),
            published_on: self.deployer.now(),
            published_by: caller.login.clone(),
            digest: digest.clone(),
            size,
            contents,
        };
        let mut longer = list.value.clone();
        longer.bundles.push(bundle);
        let mut commit = Commit::new().replace(&list, &longer)?;
        commit = match &project {
            Some(project) => commit.unchanged(project),
            None => {
                let key = list.value.project.clone();
                commit.create(&PublishedProjectSettings::new(key, caller.login.clone()))?
            }
        };
        if let Err(error) = self.repository().commit(commit).await {
            self.forget_archive(&digest).await;
            return Err(error);
        }
        // Somebody who deleted the last other bundle of the same bytes may have removed them between
        // the two writes above.
        if archive.open(&digest).await.map_err(archive_failed)?.is_none() {
            archive.put(stream()?).await.map_err(archive_failed)?;
        }
        Ok(())
    }

    pub(super) async fn bundle_archive(
        &self,
        key: &ProjectKey,
        id: &BundleId,
    ) -> Result<Upload, DeployerError> {
        let caller = self.caller().await?;
        self.project_for(&caller, Operation::DownloadBundle, key).await?;
        let list = self.bundles_of(key).await?.value;
        let bundle = bundle_in(&list, id)?;
        let stored = self.deployer.inner.archive.open(&bundle.digest).await;
        let stored = stored.map_err(archive_failed)?.ok_or_else(|| {
            DeployerError::not_possible(
                format!("the archive of bundle `{id}` of `{key}` is gone"),
                "publish the bundle again under another id",
            )
        })?;
        let file_name = format!("{key}-{id}.zip");
        Ok(Upload { file_name, length: stored.length, bytes: stored.bytes })
    }

    pub(super) async fn remove_bundle(
        &self,
        key: &ProjectKey,
        id: &BundleId,
    ) -> Result<(), DeployerError> {
        let caller = self.caller().await?;
        self.project_for(&caller, Operation::DeleteBundle, key).await?;
        let list = self.bundles_of(key).await?;
        let digest = bundle_in(&list.value, id)?.digest.clone();
        let guard = references_to(PublishedProjectSettings::KIND, key);
        let guard = self.repository().guard(guard).await?;
        let users = self.deployments_of(key).await?;
        let users = users.iter().filter(|record| record.settings.bundle_id == *id);
        let users: Vec<_> = users.map(|record| record.settings.id.to_string()).collect();
        if !users.is_empty() {
            let object = Named::new(BUNDLE.0, format_args!("{id} of {key}"));
            return Err(DeployerError::InUse { object, users: users.join(", ") });
        }
        let mut shorter = list.value.clone();
        shorter.bundles.retain(|bundle| bundle.id() != id);
        let commit = Commit::new().replace(&list, &shorter)?.unreferenced(&guard);
        self.repository().commit(commit).await?;
        self.forget_archive(&digest).await;
        Ok(())
    }

    /// Removes bytes that no bundle refers to any more. What fails here costs room and nothing else,
    /// so the operation that led here has succeeded all the same.
    pub(super) async fn forget_archive(&self, digest: &BundleDigest) {
        let Ok(lists) = self.repository().all::<BundleList>().await else { return };
        let refers = |list: &Found<BundleList>| {
            list.value.bundles.iter().any(|bundle| bundle.digest == *digest)
        };
        if lists.iter().any(refers) {
            return;
        }
        if let Err(error) = self.deployer.inner.archive.delete(digest).await {
            tracing::warn!(%digest, %error, "an archive that nothing refers to could not be removed");
        }
    }
}

fn not_received(source: io::Error) -> DeployerError {
    DeployerError::Bundle { reason: source.to_string(), source: Some(source.into()) }
}

fn archive_failed(error: ArchiveError) -> DeployerError {
    DeployerError::state("the bundle archive", error)
}
