//! A bundle before it is archived: on disk in an unnamed file, so that it can be checked before
//! anything is stored.

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
    length: u64,
}

/// Why an upload was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    /// The sender failed.
    #[error("its bytes did not arrive: {0}; send it again")]
    Sender(#[source] io::Error),
    /// The upload exceeds the limit.
    #[error("it is larger than {0} bytes; publish a smaller bundle")]
    TooLarge(u64),
    /// The local disk failed.
    #[error("it could not be written to the local disk; free disk space there and send it again")]
    Disk(#[source] io::Error),
}

/// The size of a piece that is read back; small pieces are slow.
const PIECE: usize = 256 * 1024;

impl Spool {
    /// Receives all bytes, up to a limit.
    ///
    /// # Errors
    ///
    /// The bytes do not arrive, exceed the limit, or cannot be written to disk.
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
        Ok(Self { file: file.into_std().await, digest, length })
    }

    /// The digest of the bytes.
    pub(crate) fn digest(&self) -> &BundleDigest {
        &self.digest
    }

    /// The number of bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Passes the bytes to a function that may block.
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
