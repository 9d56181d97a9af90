//! An archive in a file, before it is stored. Its digest is computed while it is written, so that it is not read for
//! that again.

#[cfg(target_os = "linux")]
mod block;
#[cfg_attr(not(target_os = "linux"), path = "archive_file/plain.rs")]
mod output;

use std::fmt;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use project_deployer_core::BundleDigest;
use sha2::{Digest as _, Sha256};

use self::output::Output;
use crate::archive::ByteStream;
use crate::file;

/// From how many bytes on another thread is worth its start.
const MANY: usize = 256 << 10;

/// Writes an archive into a file.
pub struct ArchiveFileWriter {
    output: Output,
    hash: Sha256,
    length: u64,
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
        Self { output: Output::new(file), hash: Sha256::new(), length: 0 }
    }

    /// Says whether somebody reads the bytes soon, which is so unless this says otherwise. Those of a large
    /// archive that nobody reads go past the cache of the kernel, where the file system can do that: new memory for them
    /// costs more than the disk does.
    pub fn set_read_again(&mut self, is_read_again: bool) {
        self.output.set_read_again(is_read_again);
    }

    /// Adds bytes. It blocks. Many of them are hashed on another thread while they are written.
    ///
    /// # Errors
    ///
    /// The file cannot be written, and is of no use any more.
    pub fn write(&mut self, pieces: &[Bytes]) -> io::Result<()> {
        let length: usize = pieces.iter().map(Bytes::len).sum();
        let Self { output, hash, .. } = self;
        let mut hashing = || pieces.iter().for_each(|piece| hash.update(piece));
        let mut writing = || pieces.iter().try_for_each(|piece| output.write(piece));
        if length < MANY {
            hashing();
            writing()?;
        } else {
            beside(hashing, writing)?;
        }
        self.length += length as u64;
        Ok(())
    }

    /// The number of bytes so far.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The archive as it is now. It blocks.
    ///
    /// # Errors
    ///
    /// The last bytes cannot be written.
    pub fn finish(self) -> io::Result<ArchiveFile> {
        let digest = BundleDigest::from_bytes(self.hash.finalize().into());
        let file = Arc::new(self.output.finish()?);
        Ok(ArchiveFile { file, digest, length: self.length })
    }
}

/// Does work on another thread while this one writes; without another one, before it writes.
fn beside(
    mut work: impl FnMut() + Send,
    mut writing: impl FnMut() -> io::Result<()>,
) -> io::Result<()> {
    let there = &mut work;
    let both = thread::scope(|scope| {
        let working = thread::Builder::new().spawn_scoped(scope, there).ok()?;
        let written = writing();
        let worked = working.join().map_err(|_| io::Error::other("the digest was not computed"));
        Some(worked.and(written))
    });
    both.unwrap_or_else(|| {
        work();
        writing()
    })
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
