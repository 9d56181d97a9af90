use std::fmt;
use std::io;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use project_deployer_core::BundleDigest;

/// A stream of bytes.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// The bytes of bundles, by digest. Equal bytes are stored once.
///
/// Implementations pass the suite of [`crate::conformance::archive`] (feature `test-support`).
///
/// # Errors
///
/// Every method fails with [`ArchiveError`] when the archive cannot be read or written.
#[async_trait]
pub trait BundleArchive: fmt::Debug + Send + Sync + 'static {
    /// Stores bytes and returns their digest and length. If the stream fails, nothing is stored.
    async fn put(&self, bytes: ByteStream) -> Result<(BundleDigest, u64), ArchiveError>;

    /// The bytes of a digest; none if they are not stored.
    async fn open(&self, digest: &BundleDigest) -> Result<Option<StoredArchive>, ArchiveError>;

    /// Removes bytes. Bytes that are not stored are not an error.
    async fn delete(&self, digest: &BundleDigest) -> Result<(), ArchiveError>;

    /// All digests, in ascending order.
    async fn digests(&self) -> Result<Vec<BundleDigest>, ArchiveError>;
}

/// Stored bytes.
#[non_exhaustive]
pub struct StoredArchive {
    /// Their length.
    pub length: u64,
    /// The bytes.
    pub bytes: ByteStream,
}

impl StoredArchive {
    /// So many bytes, and the bytes.
    #[must_use]
    pub fn new(length: u64, bytes: ByteStream) -> Self {
        Self { length, bytes }
    }
}

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
#[error("the bundle archive cannot {action}; check its disk or service, then try again")]
#[non_exhaustive]
pub struct ArchiveError {
    /// The action that failed.
    pub action: String,
    /// The cause.
    #[source]
    pub source: io::Error,
}

impl ArchiveError {
    /// What the archive was asked, and why it did not do it.
    #[must_use]
    pub fn new(action: impl Into<String>, source: io::Error) -> Self {
        Self { action: action.into(), source }
    }
}

impl fmt::Debug for StoredArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredArchive").field("length", &self.length).finish_non_exhaustive()
    }
}
