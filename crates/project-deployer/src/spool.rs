//! A bundle before it is archived: on disk in an unnamed file, so that it can be checked before
//! anything is stored.

mod writing;

#[cfg(unix)]
use std::fs::Permissions;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt as _;
use project_deployer_client::Upload;
use project_deployer_core::BundleDigest;
use project_deployer_store::{ArchiveFile, ArchiveFileWriter};

use self::writing::Writing;
use crate::bundle_reader::{ArrivingData, Checksums};

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
    file: ArchiveFile,
    /// Of the data that was checked when it arrived.
    checksums: Arc<Checksums>,
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
        if !is_private(path)? {
            // Others write there as well: what looks like a leftover may be theirs.
            return Ok(());
        }
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
    /// Receives all bytes, up to a limit. They are written, hashed and checked as far as possible on another thread than
    /// they arrive on.
    ///
    /// # Errors
    ///
    /// The bytes do not arrive, exceed the limit, or cannot be written to disk.
    pub(crate) async fn receive(
        directory: &SpoolDirectory,
        mut upload: Upload,
        limit: u64,
        data: ArrivingData,
    ) -> Result<Self, SpoolError> {
        let disk_failed = |error| directory.failed(error);
        let file = directory.file().map_err(disk_failed)?;
        let mut writing = Writing::new(ArchiveFileWriter::new(file), data);
        let mut length = 0_u64;
        while let Some(piece) = upload.bytes.next().await {
            let piece = piece.map_err(SpoolError::Sender)?;
            length = length.saturating_add(piece.len() as u64);
            if length > limit {
                return Err(SpoolError::TooLarge(limit));
            }
            writing.add(piece).await.map_err(disk_failed)?;
        }
        let (file, checksums) = writing.finish().await.map_err(disk_failed)?;
        Ok(Self { file, checksums: Arc::new(checksums) })
    }

    /// The digest of the bytes.
    pub(crate) fn digest(&self) -> &BundleDigest {
        self.file.digest()
    }

    /// The number of bytes.
    pub(crate) fn length(&self) -> u64 {
        self.file.length()
    }

    /// The bytes in their file.
    pub(crate) fn file(&self) -> &ArchiveFile {
        &self.file
    }

    /// The checksums of the data that was checked when it arrived.
    pub(crate) fn checksums(&self) -> Arc<Checksums> {
        Arc::clone(&self.checksums)
    }

    /// Passes the bytes to a function that may block. One reader at a time: they share a position.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        reading: impl FnOnce(File) -> T + Send + 'static,
    ) -> io::Result<T> {
        let file = self.file.reader()?;
        tokio::task::spawn_blocking(move || reading(file)).await.map_err(io::Error::other)
    }

    /// Waits until the bytes are on disk.
    ///
    /// # Errors
    ///
    /// They cannot be written there.
    pub(crate) async fn sync(&self) -> io::Result<()> {
        let file = self.file.clone();
        let syncing = tokio::task::spawn_blocking(move || file.sync());
        syncing.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

/// Whether only the owner of a directory may write in it.
#[cfg(unix)]
fn is_private(directory: &Path) -> io::Result<bool> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(directory)?.permissions());
    Ok(mode & 0o022 == 0)
}

#[cfg(not(unix))]
fn is_private(_: &Path) -> io::Result<bool> {
    Ok(false)
}
