//! Bundle archives in an object store: one object for each digest.

mod fault;
mod linked;
mod location;
mod ranges;
#[cfg(feature = "s3")]
mod s3;
mod staged;
mod upload;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use futures::future::ready;
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{
    Error, GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMode,
};
use project_deployer_core::BundleDigest;

use self::fault::Faults;
use self::linked::Naming;
pub use self::location::{ArchiveLocation, ArchiveLocationError};
#[cfg(feature = "s3")]
use self::s3::S3Uploads;
#[cfg(feature = "s3")]
pub use self::s3::{S3Keys, S3Settings};
use crate::archive::{
    ArchiveError, BundleArchive, ByteStream, ListedArchive, StoredArchive, interrupted,
    machine_time,
};
use crate::archive_file::ArchiveFile;
use crate::arriving::Arriving;
use crate::file;

/// What is uploaded at once. Larger archives are uploaded in parts, and a store may refuse smaller parts.
const PART: u64 = 8 << 20;

/// A place beyond the end of every object: a pebibyte, and the largest one has 50 TiB.
#[cfg(feature = "s3")]
const BEYOND_ALL: u64 = 1 << 50;

/// The folder of the archives: no other object is in it.
const FOLDER: &str = "sha256";

/// The directory, beside the folder of the archives, in which files are written that become archives.
const FILES: &str = "spool";

/// The object that names the owner of the archives.
const OWNER: &str = "owner";

/// Bundle archives in an object store: a directory, or a bucket. The bytes of an archive are checked against its
/// digest before the object appears.
#[derive(Clone)]
pub struct ObjectArchive {
    objects: Arc<dyn ObjectStore>,
    /// The directory, or the prefix in the bucket.
    root: ObjectPath,
    folder: ObjectPath,
    faults: Faults,
    leftovers: Leftovers,
    naming: Naming,
}

/// Where interrupted uploads leave something.
#[derive(Clone)]
enum Leftovers {
    /// Files in the folder of the archives.
    Directory(PathBuf),
    /// Uploads that were neither completed nor aborted.
    #[cfg(feature = "s3")]
    S3(Arc<S3Uploads>),
}

impl Leftovers {
    /// The folder of the archives, where it is one of a file system.
    fn directory(&self) -> Option<&Path> {
        match self {
            Self::Directory(folder) => Some(folder),
            #[cfg(feature = "s3")]
            Self::S3(_) => None,
        }
    }
}

impl ObjectArchive {
    /// Archives in a directory, which is created for its owner alone if it is not there. An archive is on disk when it is stored.
    ///
    /// # Errors
    ///
    /// The directory cannot be created or used.
    pub fn in_directory(directory: &Path) -> Result<Self, ArchiveError> {
        let place = directory.display().to_string();
        let failed = |source| ArchiveError::of(format!("open {place}"), source);
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory).map_err(failed)?;
        let objects = LocalFileSystem::new_with_prefix(directory)
            .map_err(|error| failed(io::Error::other(error)))?
            .with_fsync(true);
        Ok(Self {
            objects: Arc::new(objects),
            root: ObjectPath::default(),
            folder: ObjectPath::from(FOLDER),
            faults: Faults::in_directory(place),
            leftovers: Leftovers::Directory(directory.join(FOLDER)),
            naming: Naming::of_system(),
        })
    }

    /// Finds out whether the archives can be reached and listed.
    ///
    /// # Errors
    ///
    /// They cannot, with the reason.
    pub async fn check(&self) -> Result<(), ArchiveError> {
        let first = self.objects.list(Some(&self.folder)).next().await.transpose();
        first.map(drop).map_err(|error| self.faults.of("list archives", error))
    }

    fn path_of(&self, digest: &BundleDigest) -> ObjectPath {
        self.folder.clone().join(digest.as_str())
    }

    /// An object that is an archive: others are left alone.
    fn listed(&self, found: &ObjectMeta) -> Option<ListedArchive> {
        let digest = BundleDigest::parse(found.location.filename()?).ok()?;
        let is_ours = found.location == self.path_of(&digest);
        is_ours.then(|| ListedArchive::new(digest, found.size, found.last_modified.into()))
    }

    async fn head(&self, digest: &BundleDigest) -> Result<Option<ObjectMeta>, ArchiveError> {
        match self.objects.head(&self.path_of(digest)).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("look for", digest, error).await),
        }
    }

    async fn get(&self, digest: &BundleDigest, offset: u64) -> object_store::Result<GetResult> {
        let range = match self.leftovers {
            Leftovers::Directory(_) => (offset > 0).then_some(GetRange::Offset(offset)),
            // The rest follows in ranges. A range that ends beyond all numbers would be refused before the object is
            // looked for.
            #[cfg(feature = "s3")]
            Leftovers::S3(_) => {
                let offset = offset.min(BEYOND_ALL);
                Some(GetRange::Bounded(offset..offset + PART))
            }
        };
        let options = GetOptions { range, ..GetOptions::default() };
        self.objects.get_opts(&self.path_of(digest), options).await
    }

    fn bytes_of(&self, digest: &BundleDigest, got: GetResult) -> ByteStream {
        let range = got.range.clone();
        match got.payload {
            GetResultPayload::File(opened, _) => file::stream(opened, range),
            GetResultPayload::Stream(pieces) => {
                let (faults, action) = (self.faults.clone(), format!("read {digest}"));
                let first = pieces.map_err(move |error| faults.of(&action, error).into()).boxed();
                self.with_rest(digest, first, range.end..got.meta.size)
            }
        }
    }

    /// The first range of an object, and all ranges after it.
    fn with_rest(&self, digest: &BundleDigest, first: ByteStream, rest: Range<u64>) -> ByteStream {
        if rest.is_empty() {
            return first;
        }
        let (objects, path) = (Arc::clone(&self.objects), self.path_of(digest));
        let action = format!("read {digest}");
        first.chain(ranges::stream(objects, path, rest, self.faults.clone(), action)).boxed()
    }

    /// Stores an archive that fits into one request, unless it is there by then.
    async fn put_at_once(
        &self,
        digest: &BundleDigest,
        arriving: Arriving,
    ) -> Result<(), ArchiveError> {
        let (all, path) = (arriving.all().await?, self.path_of(digest));
        match self.objects.put_opts(&path, all.clone().into(), PutMode::Create.into()).await {
            Ok(_) => return Ok(()),
            // It may be one that failed at the same time.
            Err(Error::AlreadyExists { .. }) => {
                if self.head(digest).await?.is_some() {
                    return Ok(());
                }
            }
            // Some stores cannot create only. By content address, replacing is harmless.
            Err(error) if fault::is_unsupported(&error) => {}
            Err(error) => return Err(self.failed("store", digest, error).await),
        }
        let put = self.objects.put(&path, all.into()).await;
        self.stored(digest, put).await.map(drop)
    }

    /// The owner, from an object beside the folder of the archives.
    async fn claimed_by(&self, owner: &str) -> object_store::Result<String> {
        let path = self.root.clone().join(OWNER);
        let created = self.objects.put_opts(&path, owner.to_owned().into(), PutMode::Create.into());
        match created.await {
            Ok(_) => return Ok(owner.to_owned()),
            Err(Error::AlreadyExists { .. }) => {}
            Err(error) if fault::is_unsupported(&error) => {}
            Err(error) => return Err(error),
        }
        match self.objects.get(&path).await {
            Ok(found) => Ok(String::from_utf8_lossy(&found.bytes().await?).trim().to_owned()),
            Err(error) if fault::is_absent(&error) => {
                self.objects.put(&path, owner.to_owned().into()).await?;
                Ok(owner.to_owned())
            }
            Err(error) => Err(error),
        }
    }

    /// What a request to store an archive gave, or why it failed.
    async fn stored<T>(
        &self,
        digest: &BundleDigest,
        result: object_store::Result<T>,
    ) -> Result<T, ArchiveError> {
        match result {
            Ok(stored) => Ok(stored),
            Err(error) => Err(self.failed("store", digest, error).await),
        }
    }

    /// Why an action failed. A refusal without a reason, as an answer to HEAD, is asked for its reason.
    async fn failed(&self, action: &str, digest: &BundleDigest, error: Error) -> ArchiveError {
        let action = format!("{action} {digest}");
        if self.faults.has_reason(&error) {
            return self.faults.of(&action, error);
        }
        match self.objects.list(Some(&self.folder)).next().await {
            Some(Err(reason)) => self.faults.of(&action, reason),
            Some(Ok(_)) | None => self.faults.of(&action, error),
        }
    }

    /// The archives after a digest, and whether they are in order.
    fn listing(
        &self,
        after: Option<&BundleDigest>,
    ) -> (BoxStream<'static, object_store::Result<ObjectMeta>>, bool) {
        let is_sorted = !matches!(self.leftovers, Leftovers::Directory(_));
        let listing = match after {
            Some(digest) => {
                self.objects.list_with_offset(Some(&self.folder), &self.path_of(digest))
            }
            None => self.objects.list(Some(&self.folder)),
        };
        (listing, is_sorted)
    }
}

#[async_trait]
impl BundleArchive for ObjectArchive {
    async fn put(
        &self,
        digest: &BundleDigest,
        length: u64,
        bytes: ByteStream,
    ) -> Result<(), ArchiveError> {
        if self.head(digest).await?.is_some() {
            return Ok(());
        }
        let arriving = Arriving::new(digest, length, bytes);
        if length <= PART {
            return self.put_at_once(digest, arriving).await;
        }
        self.put_in_parts(digest, length, arriving).await
    }

    /// A directory takes a file of its own file system by a link. All others are read.
    async fn put_file(&self, file: &ArchiveFile) -> Result<(), ArchiveError> {
        let digest = file.digest();
        if let Some(folder) = self.leftovers.directory() {
            let failed = |source| ArchiveError::of(format!("store {digest}"), source);
            if self.head(digest).await?.is_some() {
                return linked::settled(folder).await.map_err(failed);
            }
            let linked = linked::link(self.naming, file, folder).await;
            if linked.map_err(failed)? {
                return Ok(());
            }
        }
        let bytes = file.stream().map_err(|source| interrupted(file, source))?;
        self.put(digest, file.length(), bytes).await
    }

    fn file_directory(&self) -> Option<PathBuf> {
        Some(self.leftovers.directory()?.parent()?.join(FILES))
    }

    async fn open(
        &self,
        digest: &BundleDigest,
        offset: u64,
    ) -> Result<Option<StoredArchive>, ArchiveError> {
        match self.get(digest, offset).await {
            Ok(got) => Ok(Some(StoredArchive::new(got.meta.size, self.bytes_of(digest, got)))),
            Err(error) if fault::is_absent(&error) => Ok(None),
            // The offset may be at the end or beyond it, which is an error of its own with each store. So it is for the first
            // range of an empty object.
            Err(error) if offset > 0 || fault::is_beyond_end(&error) => {
                match self.head(digest).await? {
                    Some(found) if offset >= found.size => {
                        Ok(Some(StoredArchive::new(found.size, stream::empty().boxed())))
                    }
                    Some(_) | None => Err(self.failed("read", digest, error).await),
                }
            }
            Err(error) => Err(self.failed("read", digest, error).await),
        }
    }

    async fn delete(&self, digest: &BundleDigest) -> Result<(), ArchiveError> {
        match self.objects.delete(&self.path_of(digest)).await {
            Ok(()) => Ok(()),
            // Only some object stores report this.
            Err(error) if fault::is_absent(&error) => Ok(()),
            Err(error) => Err(self.failed("remove", digest, error).await),
        }
    }

    /// A directory does not list in order, so all names after the digest are read, and as many kept as the page
    /// has.
    async fn list(
        &self,
        after: Option<&BundleDigest>,
        limit: usize,
    ) -> Result<Vec<ListedArchive>, ArchiveError> {
        let (listing, is_sorted) = self.listing(after);
        let mut found = listing.try_filter_map(|found| ready(Ok(self.listed(&found))));
        let mut page = BTreeMap::new();
        while !(is_sorted && page.len() >= limit) {
            let next = found.try_next().await;
            let Some(archive) = next.map_err(|error| self.faults.of("list archives", error))?
            else {
                break;
            };
            page.insert(archive.digest.clone(), archive);
            if page.len() > limit {
                page.pop_last();
            }
        }
        Ok(page.into_values().collect())
    }

    async fn claim(&self, owner: &str) -> Result<String, ArchiveError> {
        self.claimed_by(owner).await.map_err(|error| self.faults.of("claim the archives", error))
    }

    async fn now(&self) -> Result<SystemTime, ArchiveError> {
        match &self.leftovers {
            Leftovers::Directory(_) => Ok(machine_time()),
            #[cfg(feature = "s3")]
            Leftovers::S3(uploads) => uploads.now(&self.folder, &self.faults).await,
        }
    }

    async fn remove_interrupted(&self, older_than: SystemTime) -> Result<u64, ArchiveError> {
        match &self.leftovers {
            Leftovers::Directory(folder) => staged::remove(folder.clone(), older_than).await,
            #[cfg(feature = "s3")]
            Leftovers::S3(uploads) => uploads.remove(&self.folder, &self.faults, older_than).await,
        }
    }
}

impl fmt::Debug for ObjectArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectArchive").field("place", &self.faults.place()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
