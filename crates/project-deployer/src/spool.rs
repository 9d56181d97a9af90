//! A bundle before it is archived: on disk in an unnamed file, so that it can be checked before
//! anything is stored.

#[cfg(unix)]
use std::fs::Permissions;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use project_deployer_client::Upload;
use project_deployer_core::BundleDigest;
use project_deployer_store::ByteStream;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

/// How the name of a file begins, where a file system has no files without a name: they lose it at once.
const LEFTOVER: &str = ".tmp";

/// Where uploads are received.
#[derive(Debug, Clone)]
pub(crate) struct SpoolDirectory {
    /// None for the directory of the system.
    path: Option<PathBuf>,
}

/// The bytes of an upload.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
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
    #[error("uploads cannot be written to {directory}; free disk space there and send it again")]
    Disk {
        /// The directory.
        directory: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// The size of a piece that is read back; small pieces are slow.
const PIECE: usize = 256 * 1024;

impl SpoolDirectory {
    /// A directory, which is prepared as far as possible; none for that of the system.
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        let directory = Self { path };
        if let Err(error) = directory.prepare() {
            tracing::warn!(?directory, %error, "uploads cannot be received");
        }
        directory
    }

    /// Creates the directory for its owner alone, and removes what a dead process may have left in it.
    ///
    /// # Errors
    ///
    /// The directory cannot be created, read or cleared.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        create(path)?;
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let is_leftover = entry.file_name().to_string_lossy().starts_with(LEFTOVER);
            if is_leftover && entry.file_type()?.is_file() {
                match fs::remove_file(entry.path()) {
                    // Another process starts at the same time.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    removed => removed?,
                }
            }
        }
        Ok(())
    }

    /// A new file without a name, for its owner alone.
    fn file(&self) -> io::Result<File> {
        let file = match &self.path {
            Some(path) => {
                create(path)?;
                tempfile::tempfile_in(path)
            }
            None => tempfile::tempfile(),
        };
        let file = file?;
        #[cfg(unix)]
        file.set_permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600))?;
        Ok(file)
    }

    fn failed(&self, source: io::Error) -> SpoolError {
        let directory = match &self.path {
            Some(path) => path.display().to_string(),
            None => std::env::temp_dir().display().to_string(),
        };
        SpoolError::Disk { directory, source }
    }
}

fn create(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

impl Spool {
    /// Receives all bytes, up to a limit.
    ///
    /// # Errors
    ///
    /// The bytes do not arrive, exceed the limit, or cannot be written to disk.
    pub(crate) async fn receive(
        directory: &SpoolDirectory,
        mut upload: Upload,
        limit: u64,
    ) -> Result<Self, SpoolError> {
        let disk_failed = |error| directory.failed(error);
        let file = directory.file().map_err(disk_failed)?;
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
            file.write_all(&piece).await.map_err(disk_failed)?;
        }
        file.flush().await.map_err(disk_failed)?;
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
        reading: impl FnOnce(File) -> T + Send + 'static,
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

    fn rewound(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}
