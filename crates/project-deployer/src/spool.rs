//! A bundle on its way into the archive: on disk in a file without a name, so that it can be looked
//! into before anything is kept.

use std::io::{self, Seek as _, SeekFrom};

use futures::StreamExt as _;
use project_deployer_client::Upload;
use project_deployer_core::BundleDigest;
use project_deployer_store::ByteStream;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

/// The bytes of an upload.
#[derive(Debug)]
pub(crate) struct Spool {
    file: std::fs::File,
    digest: BundleDigest,
}

/// Why an upload was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    /// The sender's side.
    #[error("its bytes did not arrive: {0}; send it again")]
    Sender(#[source] io::Error),
    /// More than the limit.
    #[error("it is larger than {0} bytes; publish a smaller bundle")]
    TooLarge(u64),
    /// Our own disk.
    #[error("there is no room for it")]
    Disk(#[source] io::Error),
}

/// Pieces of this size are read back; small ones make it slow.
const PIECE: usize = 256 * 1024;

impl Spool {
    /// Takes all bytes, up to a limit.
    ///
    /// # Errors
    ///
    /// The bytes do not arrive, are more than the limit, or the disk does not take them.
    pub(crate) async fn receive(mut upload: Upload, limit: u64) -> Result<Self, SpoolError> {
        let file = tempfile::tempfile().map_err(SpoolError::Disk)?;
        let mut file = tokio::fs::File::from_std(file);
        let mut digest = Sha256::new();
        let mut length = 0_u64;
        while let Some(piece) = upload.bytes.next().await {
            let piece = piece.map_err(SpoolError::Sender)?;
            length = length.saturating_add(piece.len() as u64);
            if length > limit {
                return Err(SpoolError::TooLarge(limit));
            }
            digest.update(&piece);
            file.write_all(&piece).await.map_err(SpoolError::Disk)?;
        }
        file.flush().await.map_err(SpoolError::Disk)?;
        let digest = BundleDigest::from_bytes(digest.finalize().into());
        Ok(Self { file: file.into_std().await, digest })
    }

    /// The digest of the bytes.
    pub(crate) fn digest(&self) -> &BundleDigest {
        &self.digest
    }

    /// Hands the bytes to a function that may block.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        reading: impl FnOnce(std::fs::File) -> T + Send + 'static,
    ) -> io::Result<T> {
        let file = self.rewound()?;
        tokio::task::spawn_blocking(move || reading(file)).await.map_err(io::Error::other)
    }

    /// The bytes, piece by piece. One reader at a time: they share a position.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(crate) fn stream(&self) -> io::Result<ByteStream> {
        let file = tokio::fs::File::from_std(self.rewound()?);
        Ok(ReaderStream::with_capacity(file, PIECE).boxed())
    }

    fn rewound(&self) -> io::Result<std::fs::File> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}
