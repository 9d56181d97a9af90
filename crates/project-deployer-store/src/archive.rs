mod error;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use project_deployer_core::BundleDigest;

pub use self::error::{ArchiveError, Damage};
use crate::archive_file::ArchiveFile;
use crate::tally;

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
    /// Stores bytes of this digest and length, as a whole or not at all. Whatever is stored under the digest
    /// already stays, and the stream is not read to its end: to replace damaged bytes, delete them first.
    /// Bytes of another digest or length are [`ArchiveError::Mismatch`].
    async fn put(
        &self,
        digest: &BundleDigest,
        length: u64,
        bytes: ByteStream,
    ) -> Result<(), ArchiveError>;

    /// Stores the bytes of a file, as [`put`](Self::put) does. An archive may keep the file itself, and need not compute
    /// the digest that the file has from when it was written. By default the file is read.
    async fn put_file(&self, file: &ArchiveFile) -> Result<(), ArchiveError> {
        let bytes = file.stream().map_err(|source| interrupted(file, source))?;
        self.put(file.digest(), file.length(), bytes).await
    }

    /// Where the files are best written that it stores with [`put_file`](Self::put_file), a directory that may be
    /// absent; none if one place is as good as another. Nothing else may be in it: a Deployer creates it for its owner
    /// alone, and removes files from it whose names begin with `.tmp`, which a dead process left there.
    fn file_directory(&self) -> Option<PathBuf> {
        None
    }

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

    /// Notes an owner of the archives, if there is none yet, and returns the owner. Two owners would remove each
    /// other's archives.
    async fn claim(&self, owner: &str) -> Result<String, ArchiveError> {
        Ok(owner.to_owned())
    }

    /// The time by the clock of the archive, to which [`ListedArchive::stored`] is compared.
    async fn now(&self) -> Result<SystemTime, ArchiveError> {
        Ok(machine_time())
    }

    /// Removes what uploads left that were interrupted, if it is older than a time by the clock of the
    /// archive, and returns how many. There are such leftovers only where a process died.
    async fn remove_interrupted(&self, older_than: SystemTime) -> Result<u64, ArchiveError> {
        let _ = older_than;
        Ok(0)
    }
}

/// A file could not be read.
pub(crate) fn interrupted(file: &ArchiveFile, source: io::Error) -> ArchiveError {
    ArchiveError::Interrupted { digest: file.digest().clone(), source }
}

/// The clock of archives on this machine.
#[expect(clippy::disallowed_methods, reason = "the age of an archive is by its own clock")]
pub(crate) fn machine_time() -> SystemTime {
    SystemTime::now()
}

/// An archive that is shared.
#[async_trait]
impl<A: BundleArchive + ?Sized> BundleArchive for Arc<A> {
    async fn put(
        &self,
        digest: &BundleDigest,
        length: u64,
        bytes: ByteStream,
    ) -> Result<(), ArchiveError> {
        (**self).put(digest, length, bytes).await
    }

    async fn put_file(&self, file: &ArchiveFile) -> Result<(), ArchiveError> {
        (**self).put_file(file).await
    }

    fn file_directory(&self) -> Option<PathBuf> {
        (**self).file_directory()
    }

    async fn open(
        &self,
        digest: &BundleDigest,
        offset: u64,
    ) -> Result<Option<StoredArchive>, ArchiveError> {
        (**self).open(digest, offset).await
    }

    async fn delete(&self, digest: &BundleDigest) -> Result<(), ArchiveError> {
        (**self).delete(digest).await
    }

    async fn list(
        &self,
        after: Option<&BundleDigest>,
        limit: usize,
    ) -> Result<Vec<ListedArchive>, ArchiveError> {
        (**self).list(after, limit).await
    }

    async fn claim(&self, owner: &str) -> Result<String, ArchiveError> {
        (**self).claim(owner).await
    }

    async fn now(&self) -> Result<SystemTime, ArchiveError> {
        (**self).now().await
    }

    async fn remove_interrupted(&self, older_than: SystemTime) -> Result<u64, ArchiveError> {
        (**self).remove_interrupted(older_than).await
    }
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

    /// The whole archive, checked on its way: the stream ends with [`ArchiveError::Damaged`] before its last
    /// bytes, unless it has this digest and length. So no receiver takes damaged bytes for a whole archive. A
    /// length that is known to be wrong is an error at once.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Damaged`].
    pub fn checked(self, digest: &BundleDigest, length: Option<u64>) -> Result<Self, ArchiveError> {
        let found = self.length;
        match length.filter(|expected| *expected != found) {
            Some(expected) => {
                let damage = Damage::Length { expected, found };
                Err(ArchiveError::Damaged { digest: digest.clone(), damage })
            }
            None => Ok(Self { bytes: tally::checked(digest, found, self.bytes), ..self }),
        }
    }
}

impl ListedArchive {
    /// An archive as a store of bytes lists it.
    #[must_use]
    pub fn new(digest: BundleDigest, length: u64, stored: SystemTime) -> Self {
        Self { digest, length, stored }
    }
}

impl fmt::Debug for StoredArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredArchive").field("length", &self.length).finish_non_exhaustive()
    }
}
