use std::fmt;
use std::io;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use project_deployer_core::BundleDigest;

/// A stream of bytes.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// The bytes of bundles, by digest. Equal bytes are stored once. Programs may implement it for a storage of their
/// own.
///
/// Implementations pass the suite of [`crate::conformance::archive`] (feature `test-support`).
///
/// # Errors
///
/// Every method fails with [`ArchiveError`] when the archive cannot be read or written.
#[async_trait]
pub trait BundleArchive: fmt::Debug + Send + Sync + 'static {
    /// Stores bytes of this digest and length, as a whole or not at all. Bytes that are stored already
    /// stay, and the stream is not read to its end. Bytes of another digest or length are
    /// [`ArchiveError::Mismatch`].
    async fn put(
        &self,
        digest: &BundleDigest,
        length: u64,
        bytes: ByteStream,
    ) -> Result<(), ArchiveError>;

    /// The bytes of a digest from an offset on; none if they are not stored. An offset at or beyond the end
    /// gives no bytes.
    async fn open(
        &self,
        digest: &BundleDigest,
        offset: u64,
    ) -> Result<Option<StoredArchive>, ArchiveError>;

    /// Removes bytes. Bytes that are not stored are not an error.
    async fn delete(&self, digest: &BundleDigest) -> Result<(), ArchiveError>;

    /// One page of what is stored, by digest, after a digest. A page with fewer archives than the limit is
    /// the last one.
    async fn list(
        &self,
        after: Option<&BundleDigest>,
        limit: usize,
    ) -> Result<Vec<ListedArchive>, ArchiveError>;
}

/// Stored bytes.
#[non_exhaustive]
pub struct StoredArchive {
    /// The length of the whole, whatever the offset.
    pub length: u64,
    /// The bytes from the offset on.
    pub bytes: ByteStream,
}

/// What is stored under a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedArchive {
    /// The digest.
    pub digest: BundleDigest,
    /// The number of bytes.
    pub length: u64,
    /// When it was stored, by the clock of the archive.
    pub stored: SystemTime,
}

impl StoredArchive {
    /// So many bytes, and the bytes.
    #[must_use]
    pub fn new(length: u64, bytes: ByteStream) -> Self {
        Self { length, bytes }
    }
}

impl ListedArchive {
    /// An archive as a store of bytes lists it.
    #[must_use]
    pub fn new(digest: BundleDigest, length: u64, stored: SystemTime) -> Self {
        Self { digest, length, stored }
    }
}

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The archive does not answer, or refuses.
    #[error("the bundle archive cannot {action}; check its disk or service, then try again")]
    Unavailable {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// There is no space left.
    #[error("the bundle archive is full: it cannot {action}; make space, then try again")]
    Full {
        /// The action that failed.
        action: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The stream of new bytes failed before its end. Nothing was stored.
    #[error("the bytes of bundle archive {digest} did not arrive; send them again")]
    Interrupted {
        /// The digest that was announced.
        digest: BundleDigest,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The new bytes are not those that were announced. Nothing was stored.
    #[error("the bytes that arrived as bundle archive {digest} are others; send them again")]
    Mismatch {
        /// The digest that was announced.
        digest: BundleDigest,
    },
}

impl ArchiveError {
    /// The archive could not do this.
    #[must_use]
    pub fn of(action: impl Into<String>, source: io::Error) -> Self {
        let action = action.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { action, source }
            }
            _ => Self::Unavailable { action, source },
        }
    }
}

impl fmt::Debug for StoredArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredArchive").field("length", &self.length).finish_non_exhaustive()
    }
}
