//! Bundle archives in an object store: one object for each digest.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::BytesMut;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{
    Error, GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt as _,
};
use project_deployer_core::BundleDigest;

use crate::archive::{ArchiveError, BundleArchive, ByteStream, ListedArchive, StoredArchive};
use crate::arriving::Arriving;

/// The size of a part of an upload: an object store may refuse smaller ones.
const PART: usize = 8 << 20;

/// Bundle archives in an object store, such as a directory. The bytes of an archive are checked against its
/// digest before the object appears.
#[derive(Clone)]
pub struct ObjectArchive {
    objects: Arc<dyn ObjectStore>,
    place: Arc<str>,
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
        Ok(Self { objects: Arc::new(objects), place: place.into() })
    }

    async fn head(&self, digest: &BundleDigest) -> Result<Option<ObjectMeta>, ArchiveError> {
        match self.objects.head(&path_of(digest)).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("look for", digest, error)),
        }
    }

    /// Uploads the bytes in parts. Nothing appears before the last one was checked.
    async fn upload(
        &self,
        digest: &BundleDigest,
        arriving: &mut Arriving<'_>,
        upload: &mut dyn MultipartUpload,
    ) -> Result<(), ArchiveError> {
        let mut part = BytesMut::new();
        let mut is_last = false;
        while !is_last {
            match arriving.next().await? {
                Some(piece) => part.extend_from_slice(&piece),
                None => is_last = true,
            }
            while part.len() >= PART || (is_last && !part.is_empty()) {
                let size = part.len().min(PART);
                let full = part.split_to(size).freeze();
                upload.put_part(full.into()).await.map_err(|e| failed("store", digest, e))?;
            }
        }
        upload.complete().await.map(|_| ()).map_err(|error| failed("store", digest, error))
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
        let upload = self.objects.put_multipart(&path_of(digest)).await;
        let mut upload = upload.map_err(|error| failed("store", digest, error))?;
        let mut arriving = Arriving::new(digest, length, bytes);
        let stored = self.upload(digest, &mut arriving, &mut *upload).await;
        if stored.is_err() {
            // What is left of it is removed later; the first failure is what the caller needs.
            let _ = upload.abort().await;
        }
        stored
    }

    async fn open(
        &self,
        digest: &BundleDigest,
        offset: u64,
    ) -> Result<Option<StoredArchive>, ArchiveError> {
        let Some(found) = self.head(digest).await? else { return Ok(None) };
        if offset >= found.size {
            return Ok(Some(StoredArchive::new(found.size, stream::empty().boxed())));
        }
        let range = Some(GetRange::Offset(offset));
        let options = GetOptions { range, ..GetOptions::default() };
        match self.objects.get_opts(&path_of(digest), options).await {
            Ok(got) => {
                let bytes = got.into_stream().map_err(io::Error::other).boxed();
                Ok(Some(StoredArchive::new(found.size, bytes)))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("read", digest, error)),
        }
    }

    async fn delete(&self, digest: &BundleDigest) -> Result<(), ArchiveError> {
        match self.objects.delete(&path_of(digest)).await {
            // Only some object stores report this.
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("remove", digest, error)),
        }
    }

    /// Not every object store lists in order, so all digests after the given one are read.
    async fn list(
        &self,
        after: Option<&BundleDigest>,
        limit: usize,
    ) -> Result<Vec<ListedArchive>, ArchiveError> {
        let listing = match after {
            Some(digest) => self.objects.list_with_offset(Some(&root()), &path_of(digest)),
            None => self.objects.list(Some(&root())),
        };
        let found: Vec<ObjectMeta> = listing
            .try_collect()
            .await
            .map_err(|error| ArchiveError::of("list archives", io::Error::other(error)))?;
        let mut archives: Vec<_> = found.iter().filter_map(listed).collect();
        archives.sort_by(|one, other| one.digest.cmp(&other.digest));
        archives.truncate(limit);
        Ok(archives)
    }
}

/// Where archives are: no other object has this prefix.
fn root() -> ObjectPath {
    ObjectPath::from("sha256")
}

fn path_of(digest: &BundleDigest) -> ObjectPath {
    root().join(digest.as_str())
}

/// An object that is an archive: others are left alone.
fn listed(found: &ObjectMeta) -> Option<ListedArchive> {
    let digest = BundleDigest::parse(found.location.filename()?).ok()?;
    Some(ListedArchive::new(digest, found.size, found.last_modified.into()))
}

fn failed(action: &str, digest: &BundleDigest, error: Error) -> ArchiveError {
    ArchiveError::of(format!("{action} {digest}"), io_error(error))
}

/// The error of the file system within an error of the object store, so that a full disk is found.
fn io_error(error: Error) -> io::Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(found) = cause {
        if let Some(io) = found.downcast_ref::<io::Error>() {
            return io::Error::new(io.kind(), error);
        }
        cause = found.source();
    }
    io::Error::other(error)
}

impl fmt::Debug for ObjectArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectArchive").field("place", &self.place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
