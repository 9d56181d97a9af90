//! The bytes of a bundle on their way.

use std::fmt;
use std::io;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};

/// Bytes that arrive piece by piece.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// An archive that is sent once: a name, a length and the bytes.
pub struct Upload {
    /// The file name that the receiver sees.
    pub file_name: String,
    /// How many bytes there are.
    pub length: u64,
    /// The bytes.
    pub bytes: ByteStream,
}

impl Upload {
    /// An archive that is in memory.
    #[must_use]
    pub fn from_bytes(file_name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            file_name: file_name.into(),
            length: bytes.len() as u64,
            bytes: stream::once(async { Ok(bytes) }).boxed(),
        }
    }

    /// An archive on disk, read piece by piece.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    #[cfg(feature = "http")]
    pub async fn from_file(path: impl AsRef<std::path::Path>) -> io::Result<Self> {
        // Small pieces make an upload more than ten times as slow.
        const PIECE: usize = 256 * 1024;
        let path = path.as_ref();
        let file = tokio::fs::File::open(path).await?;
        let length = file.metadata().await?.len();
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Self {
            file_name: file_name.unwrap_or_else(|| "bundle.zip".to_owned()),
            length,
            bytes: tokio_util::io::ReaderStream::with_capacity(file, PIECE).boxed(),
        })
    }

    /// All bytes at once: for receivers that keep them in memory.
    ///
    /// # Errors
    ///
    /// The bytes could not be read.
    pub async fn collect(mut self) -> io::Result<Bytes> {
        let mut all = bytes::BytesMut::new();
        while let Some(piece) = self.bytes.next().await {
            all.extend_from_slice(&piece?);
        }
        Ok(all.freeze())
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("file_name", &self.file_name)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
