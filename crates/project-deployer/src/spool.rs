//! A bundle on its way into the archive: on disk in a file without a name, so that it can be looked
//! into before anything is kept.

use std::io::{self, Seek as _, SeekFrom};

use futures::StreamExt as _;
use project_deployer_client::Upload;
use project_deployer_store::ByteStream;
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

/// The bytes of an upload.
#[derive(Debug)]
pub(crate) struct Spool {
    file: std::fs::File,
}

/// Pieces of this size are read back; small ones make it slow.
const PIECE: usize = 256 * 1024;

impl Spool {
    /// Takes all bytes, up to a limit.
    ///
    /// # Errors
    ///
    /// The bytes do not arrive, are more than the limit, or the disk does not take them.
    pub(crate) async fn receive(mut upload: Upload, limit: u64) -> io::Result<Self> {
        let mut file = tokio::fs::File::from_std(tempfile::tempfile()?);
        let mut length = 0_u64;
        while let Some(piece) = upload.bytes.next().await {
            let piece = piece?;
            length = length.saturating_add(piece.len() as u64);
            if length > limit {
                let what = format!("it is larger than {limit} bytes; publish a smaller bundle");
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
            }
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        Ok(Self { file: file.into_std().await })
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
