//! An archive in a file, before it is stored. Its digest is computed while it is written, so that it is not read for
//! that again.

use std::fmt;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
#[cfg(target_os = "linux")]
use std::num::NonZeroU64;
use std::sync::Arc;

use project_deployer_core::BundleDigest;
use sha2::{Digest as _, Sha256};

use crate::archive::ByteStream;
use crate::file;

/// How many bytes are written before their way to the disk begins.
#[cfg(target_os = "linux")]
const AT_ONCE: u64 = 16 << 20;

/// The last bytes whose way to the disk may not have ended yet.
#[cfg(target_os = "linux")]
const MAY_TAKE: u64 = 4 * AT_ONCE;

/// Writes an archive into a file.
pub struct ArchiveFileWriter {
    file: File,
    hash: Sha256,
    length: u64,
    /// How many bytes are on their way to the disk, or there.
    #[cfg(target_os = "linux")]
    begun: u64,
    is_read_again: bool,
}

/// A whole archive in a file, with the digest of what was written there. Nobody writes to the file any more. Clones share
/// it.
#[derive(Debug, Clone)]
pub struct ArchiveFile {
    file: Arc<File>,
    digest: BundleDigest,
    length: u64,
}

impl ArchiveFileWriter {
    /// Writes into an empty file. A file without a name leaves nothing when its process dies, and on Linux an archive can
    /// give it a name.
    #[must_use]
    pub fn new(file: File) -> Self {
        Self {
            file,
            hash: Sha256::new(),
            length: 0,
            #[cfg(target_os = "linux")]
            begun: 0,
            is_read_again: true,
        }
    }

    /// Says whether somebody reads the bytes soon, which is so unless this says otherwise. Of a large archive that nobody
    /// reads, the kernel keeps in memory only what is not on disk yet: the next bytes take its place, which costs less than
    /// new memory.
    pub fn set_read_again(&mut self, is_read_again: bool) {
        self.is_read_again = is_read_again;
    }

    /// Adds bytes. It blocks.
    ///
    /// # Errors
    ///
    /// The file cannot be written, and is of no use any more.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.hash.update(piece);
        self.file.write_all(piece)?;
        self.length += piece.len() as u64;
        #[cfg(target_os = "linux")]
        self.begin_storing();
        Ok(())
    }

    /// The number of bytes so far.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The archive as it is now.
    #[must_use]
    pub fn finish(self) -> ArchiveFile {
        let digest = BundleDigest::from_bytes(self.hash.finalize().into());
        ArchiveFile { file: Arc::new(self.file), digest, length: self.length }
    }

    /// Has the kernel begin to store what was written, which it does half a minute later by itself: so there is little left
    /// to wait for at the end. It is not waited for.
    #[cfg(target_os = "linux")]
    fn begin_storing(&mut self) {
        use rustix::fs::{Advice, fadvise};
        if let Some(new) = NonZeroU64::new(self.length - self.begun)
            && new.get() >= AT_ONCE
        {
            // Only advice: without it the end takes longer, and more memory.
            let first = self.begun.saturating_sub(MAY_TAKE);
            if let (false, Some(old)) = (self.is_read_again, NonZeroU64::new(self.begun - first)) {
                let _ = fadvise(&self.file, first, Some(old), Advice::DontNeed);
            }
            let _ = fadvise(&self.file, self.begun, Some(new), Advice::DontNeed);
            self.begun = self.length;
        }
    }
}

impl ArchiveFile {
    /// The digest of the bytes.
    #[must_use]
    pub fn digest(&self) -> &BundleDigest {
        &self.digest
    }

    /// The number of bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes, from the first one on. One reader at a time: they share a position.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn reader(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }

    /// The bytes, piece by piece, as [`reader`](Self::reader) has them.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn stream(&self) -> io::Result<ByteStream> {
        Ok(file::stream(self.file.try_clone()?, 0..self.length))
    }

    /// Waits until the bytes are on disk. It blocks. An archive that keeps the file does so itself, and has little left to
    /// wait for then.
    ///
    /// # Errors
    ///
    /// They are not on disk. The system says so only once, so the file is of no use then.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// The file, for an archive that takes it as it is.
    #[cfg(all(feature = "objects", target_os = "linux"))]
    pub(crate) fn file(&self) -> &File {
        &self.file
    }
}

impl fmt::Debug for ArchiveFileWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveFileWriter").field("length", &self.length).finish_non_exhaustive()
    }
}
