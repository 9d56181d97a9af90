//! The upload of a large archive in parts.

use bytes::Bytes;
use object_store::{MultipartUpload, ObjectStoreExt as _};
use project_deployer_core::BundleDigest;
use tokio::task::JoinSet;

use super::{ObjectArchive, PART};
use crate::archive::ArchiveError;
use crate::arriving::Arriving;

/// The largest number of parts that S3 takes.
const MOST_PARTS: u64 = 10_000;

/// The bytes that are under way to a server at a time, beside the part that is being received.
const UNDER_WAY: u64 = 4 * PART;

/// And to a disk, which takes one part after the other anyway.
const UNDER_WAY_TO_DISK: u64 = PART;

/// An upload, and the parts of it that are under way.
struct Parts {
    upload: Box<dyn MultipartUpload>,
    part: u64,
    /// How many may be under way.
    most: usize,
    sending: JoinSet<object_store::Result<()>>,
}

impl ObjectArchive {
    /// Uploads the bytes in parts. Nothing appears before the last one was checked.
    pub(super) async fn put_in_parts(
        &self,
        digest: &BundleDigest,
        length: u64,
        mut arriving: Arriving,
    ) -> Result<(), ArchiveError> {
        let upload = self.objects.put_multipart(&self.path_of(digest)).await;
        let upload = self.stored(digest, upload).await?;
        let part = length.div_ceil(MOST_PARTS).max(PART);
        let under_way = match self.leftovers.directory() {
            Some(_) => UNDER_WAY_TO_DISK,
            None => UNDER_WAY,
        };
        let most = usize::try_from(under_way / part).unwrap_or(1).max(1);
        let mut parts = Parts { upload, part, most, sending: JoinSet::new() };
        let stored = self.send(digest, &mut arriving, &mut parts).await;
        if stored.is_err() {
            parts.sending.shutdown().await;
            // What is left of it is removed later; the first failure is what the caller needs.
            let _ = parts.upload.abort().await;
        }
        stored
    }

    async fn send(
        &self,
        digest: &BundleDigest,
        arriving: &mut Arriving,
        parts: &mut Parts,
    ) -> Result<(), ArchiveError> {
        let mut pieces = Vec::new();
        let mut size = 0;
        while let Some(mut piece) = arriving.next().await? {
            // Some stores take only parts of the same size.
            while size + piece.len() as u64 >= parts.part {
                let rest = usize::try_from(parts.part - size).unwrap_or(piece.len());
                pieces.push(piece.split_to(rest));
                size = 0;
                let sent = parts.send(std::mem::take(&mut pieces)).await;
                self.stored(digest, sent).await?;
            }
            size += piece.len() as u64;
            if !piece.is_empty() {
                pieces.push(piece);
            }
        }
        if !pieces.is_empty() {
            let sent = parts.send(pieces).await;
            self.stored(digest, sent).await?;
        }
        let sent = parts.complete().await;
        self.stored(digest, sent).await
    }
}

impl Parts {
    /// Sends a part beside those under way, as soon as there are few enough of them.
    async fn send(&mut self, pieces: Vec<Bytes>) -> object_store::Result<()> {
        while self.sending.len() >= self.most {
            self.one().await?;
        }
        self.sending.spawn(self.upload.put_part(pieces.into_iter().collect()));
        Ok(())
    }

    async fn complete(&mut self) -> object_store::Result<()> {
        while !self.sending.is_empty() {
            self.one().await?;
        }
        self.upload.complete().await.map(drop)
    }

    async fn one(&mut self) -> object_store::Result<()> {
        match self.sending.join_next().await {
            Some(Ok(sent)) => sent,
            Some(Err(source)) => Err(object_store::Error::JoinError { source }),
            None => Ok(()),
        }
    }
}
