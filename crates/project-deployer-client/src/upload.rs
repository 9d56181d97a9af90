//! The transfer of a bundle archive.

#[cfg(feature = "http")]
mod fan_out;
#[cfg(feature = "http")]
mod file;
#[cfg(feature = "http")]
#[cfg(test)]
pub(crate) mod held;
mod source;
mod transfer;

use std::fmt;
use std::io;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use project_deployer_core::{BundleDigest, GitCommit};

#[cfg(feature = "http")]
pub use fan_out::{FanOut, TooSlow};
#[cfg(feature = "http")]
#[cfg(test)]
pub(crate) use file::PIECE;
#[cfg(feature = "http")]
pub(crate) use file::read_ahead;
pub use source::UploadSource;
pub use transfer::{NotTheArchive, Transferred};

/// Bytes that arrive piece by piece.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// An archive that is sent once: a name, a length and the bytes. A downloaded archive is an `Upload`, too,
/// since it is sent on to another node.
///
/// ```
/// use project_deployer_client::Upload;
/// use project_deployer_core::BundleDigest;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let promised = BundleDigest::parse(&"00".repeat(32))?;
/// let archive = Upload::from_bytes("v1.zip", "PK")
///     .watched(|so_far| assert!(Some(so_far.bytes) <= so_far.of))
///     .checked(Some(promised));
/// let error = archive.collect().await.unwrap_err();
/// assert!(error.to_string().starts_with("its digest is "), "{error}");
/// # Ok(())
/// # }
/// ```
#[must_use]
#[non_exhaustive]
pub struct Upload {
    /// The file name that the receiver sees.
    pub file_name: String,
    /// How many bytes there are, if that is known before they arrive.
    pub length: Option<u64>,
    /// The bytes.
    pub bytes: ByteStream,
    /// The Git commit that a bundle was made from. A Deployer of this project keeps it when the bundle is published.
    pub git_commit: Option<GitCommit>,
}

impl Upload {
    /// An archive; without a length if it is not known before the bytes arrive.
    pub fn new(
        file_name: impl Into<String>,
        length: impl Into<Option<u64>>,
        bytes: ByteStream,
    ) -> Self {
        let (file_name, length) = (file_name.into(), length.into());
        Self { file_name, length, bytes, git_commit: None }
    }

    /// An archive that is in memory.
    pub fn from_bytes(file_name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::new(file_name, bytes.len() as u64, stream::once(async { Ok(bytes) }).boxed())
    }

    /// An archive on disk, read piece by piece.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    #[cfg(feature = "http")]
    pub async fn from_file(path: impl AsRef<std::path::Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let file = tokio::fs::File::open(path).await?;
        let length = file.metadata().await?.len();
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let file_name = file_name.unwrap_or_else(|| "bundle.zip".to_owned());
        Ok(Self::new(file_name, length, read_ahead(file.into_std().await)))
    }

    /// A bundle that was made from this Git commit.
    pub fn with_git_commit(self, git_commit: Option<GitCommit>) -> Self {
        Self { git_commit, ..self }
    }

    /// Reports the progress after every piece. The callback must be quick: the transfer waits for it.
    pub fn watched(mut self, watch: impl FnMut(Transferred) + Send + 'static) -> Self {
        self.bytes = transfer::watched(self.bytes, self.length, watch);
        self
    }

    /// Ends with an error, with [`NotTheArchive`] inside, unless the bytes have the announced length, if there is
    /// one, and this digest, if there is one. The receiver gets the error before the last bytes, so that it never takes a
    /// wrong archive for a complete one.
    pub fn checked(mut self, digest: Option<BundleDigest>) -> Self {
        self.bytes = transfer::checked(self.bytes, self.length, digest);
        self
    }

    /// Computes the digest of the bytes. The callback gets it once all bytes were read, and is never called
    /// otherwise.
    pub fn digested(mut self, report: impl FnOnce(BundleDigest) + Send + 'static) -> Self {
        self.bytes = transfer::digested(self.bytes, report);
        self
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

#[cfg(feature = "http")]
#[cfg(test)]
mod tests;
