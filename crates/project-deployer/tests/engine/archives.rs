//! The archives of bundles: their leases, their damage, and who is left without a reference.

mod collection;
mod damage;
mod leases;
#[cfg(target_os = "linux")]
mod spool;

use std::time::Duration;

use async_trait::async_trait;
use project_deployer::DeployerSession;
use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, Upload};
use project_deployer_core::BundleDigest;
use project_deployer_store::{
    ArchiveError, BundleArchive, ByteStream, ListedArchive, MemoryArchive, StoredArchive,
};
use serde_json::json;

use crate::installation::{archive, parsed};

/// An archive in which storing takes its time.
#[derive(Debug, Clone)]
struct SlowArchive {
    inner: MemoryArchive,
    pace: Duration,
}

#[async_trait]
impl BundleArchive for SlowArchive {
    async fn put(
        &self,
        digest: &BundleDigest,
        length: u64,
        bytes: ByteStream,
    ) -> Result<(), ArchiveError> {
        tokio::time::sleep(self.pace).await;
        self.inner.put(digest, length, bytes).await
    }

    async fn open(
        &self,
        digest: &BundleDigest,
        offset: u64,
    ) -> Result<Option<StoredArchive>, ArchiveError> {
        self.inner.open(digest, offset).await
    }

    async fn delete(&self, digest: &BundleDigest) -> Result<(), ArchiveError> {
        self.inner.delete(digest).await
    }

    async fn list(
        &self,
        after: Option<&BundleDigest>,
        limit: usize,
    ) -> Result<Vec<ListedArchive>, ArchiveError> {
        self.inner.list(after, limit).await
    }
}

/// The only digest in an archive.
async fn only_digest(archive: &dyn BundleArchive) -> BundleDigest {
    let mut listed = archive.list(None, 2).await.unwrap();
    assert_eq!(listed.len(), 1);
    listed.remove(0).digest
}

/// The bytes that every test publishes.
fn bytes() -> Vec<u8> {
    archive("CHURN", "v1", json!({}))
}

/// Publishes these bytes into a project.
async fn publish(session: &DeployerSession, project: &str) -> Result<(), DeployerError> {
    let upload = Upload::from_bytes("v1.zip", bytes());
    session.upload_bundle(upload, Some(&parsed(project))).await
}
