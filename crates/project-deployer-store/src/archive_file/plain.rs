//! Where the bytes of an archive go, where nothing is known of the system.

use std::fs::File;
use std::io::{self, Write as _};

/// A file that is written from its first byte to its last one.
pub(super) struct Output(File);

impl Output {
    pub(super) fn new(file: File) -> Self {
        Self(file)
    }

    /// See [`ArchiveFileWriter::set_read_again`](super::ArchiveFileWriter::set_read_again).
    pub(super) fn set_read_again(&mut self, _: bool) {}

    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.0.write_all(piece)
    }

    /// The file with all bytes.
    pub(super) fn finish(self) -> io::Result<File> {
        Ok(self.0)
    }
}
