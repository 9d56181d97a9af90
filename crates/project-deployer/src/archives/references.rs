//! Which bundles refer to bytes: a document for each reference, beside the document of its bundle. So it costs
//! one small document to know whether bytes are in use, however many bundles there are.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use project_deployer_client::DeployerError;
use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::{BundleDigest, BundleId, ProjectKey};
use project_deployer_store::{Collection, Commit, DocumentKey, Expected, Listing, StoreError};

use crate::deployer::Deployer;
use crate::state::{BundleRecord, Record as _, RecordCommit as _, Repository, read, unavailable};

/// How many references are read at once.
const PAGE: usize = 1000;

/// How many bundles are read at once: their documents may be large.
const BUNDLES: usize = 20;

/// Whether this process knows that every bundle has its reference.
#[derive(Debug, Default)]
pub(crate) struct ReferencesIndexed(AtomicBool);

/// The kind of references: `DIGEST/PROJECT/BUNDLE`.
pub(crate) const REFERENCES: Collection = Collection::new("archive-reference");

/// The kind of documents about the archives as a whole.
pub(crate) const ABOUT_ARCHIVES: Collection = Collection::new("archive-index");

/// Exists once every bundle has its reference. States of earlier versions have bundles without.
fn indexed() -> DocumentKey {
    ABOUT_ARCHIVES.key("references")
}

/// The reference of a bundle to its bytes. No part of it has a slash.
pub(crate) fn reference(bundle: &PublishedBundle) -> DocumentKey {
    reference_of(&bundle.digest, &bundle.published_project_key, bundle.id())
}

fn reference_of(digest: &BundleDigest, project: &ProjectKey, id: &BundleId) -> DocumentKey {
    REFERENCES.key(format!("{digest}/{project}/{id}"))
}

impl Deployer {
    /// Whether a bundle refers to bytes. Only under the lease of the bytes, the answer stays true.
    pub(super) async fn is_referenced(&self, digest: &BundleDigest) -> Result<bool, DeployerError> {
        self.index_references().await?;
        let listing = Listing::of(REFERENCES, 1).below(format!("{digest}/"));
        let found = self.inner.repository.store.list(&listing).await.map_err(unavailable)?;
        Ok(!found.is_empty())
    }

    /// Writes the references of bundles of earlier versions, once for a store. A bundle that cannot be read
    /// stops this, since its bytes are not known.
    pub(super) async fn index_references(&self) -> Result<(), DeployerError> {
        let known = &self.inner.references_indexed.0;
        if known.load(Ordering::Acquire) {
            return Ok(());
        }
        let store = &self.inner.repository.store;
        if store.read(&indexed()).await.map_err(unavailable)?.is_none() {
            let mut after = None;
            while let Some(last) = self.index_page(after.as_deref()).await? {
                after = Some(last);
            }
            self.inner.repository.commit_unaudited(Commit::new().refer(indexed())).await?;
        }
        known.store(true, Ordering::Release);
        Ok(())
    }

    /// Writes the references of some bundles, and returns the id of the last one; none at the end.
    async fn index_page(&self, after: Option<&str>) -> Result<Option<String>, DeployerError> {
        let store = &self.inner.repository.store;
        loop {
            let mut listing = Listing::of(BundleRecord::KIND, BUNDLES);
            listing.after = after.map(str::to_owned);
            let page = store.list(&listing).await.map_err(unavailable)?;
            let Some(last) = page.last().map(|bundle| bundle.id.clone()) else { return Ok(None) };
            let mut commit = Commit::new();
            for document in page {
                let bundle = BundleRecord::KIND.key(&document.id);
                let expected = Expected::Revision(document.revision);
                if let Some(published) = read::<BundleRecord>(document)?.published {
                    commit = commit.check(bundle, expected).refer(reference(&published));
                }
            }
            match store.commit(commit).await {
                // A bundle was deleted meanwhile.
                Err(StoreError::Conflict(_)) => {}
                written => return written.map(|_| Some(last)).map_err(unavailable),
            }
        }
    }
}

/// The digests of referenced bytes, in order, read page by page.
#[derive(Debug)]
pub(super) struct ReferencedDigests<'a> {
    repository: &'a Repository,
    page: VecDeque<String>,
    next: Option<Listing>,
}

impl<'a> ReferencedDigests<'a> {
    /// From a digest on.
    pub(super) fn after(repository: &'a Repository, digest: Option<&BundleDigest>) -> Self {
        let mut listing = Listing::of(REFERENCES, PAGE);
        listing.after = digest.map(ToString::to_string);
        Self { repository, page: VecDeque::new(), next: Some(listing) }
    }

    /// Whether a digest is among them. Digests are asked for in ascending order.
    pub(super) async fn include(&mut self, digest: &BundleDigest) -> Result<bool, DeployerError> {
        loop {
            while let Some(id) = self.page.front() {
                match id.split_once('/').map_or(id.as_str(), |(digest, _)| digest) {
                    other if other < digest.as_str() => drop(self.page.pop_front()),
                    other => return Ok(other == digest.as_str()),
                }
            }
            let Some(listing) = self.next.take() else { return Ok(false) };
            let page = self.repository.store.list(&listing).await.map_err(unavailable)?;
            if let Some(last) = page.last().filter(|_| page.len() >= listing.limit) {
                self.next = Some(listing.after(last.id.clone()));
            }
            self.page = page.into_iter().map(|found| found.id).collect();
        }
    }
}
