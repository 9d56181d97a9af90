//! Pieces that arrive are written on another thread while the next ones arrive.

use std::future::ready;
use std::io;
use std::mem;

use bytes::{Bytes, BytesMut};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use project_deployer_store::{ArchiveFile, ArchiveFileWriter};
use tokio::task::spawn_blocking;

use crate::bundle_reader::{ArrivingData, Checksums};

/// How many bytes are written at a time. For fewer, the way to another thread takes longer than the writing.
const TOGETHER: usize = 1 << 20;

/// Pieces with fewer bytes are joined: a sender decides how many there are.
const SMALL: usize = 4 << 10;

/// A file that is being written. It keeps no more bytes in memory than are written at a time, three times: those that come,
/// those that are written, and the block that goes past the cache.
pub(super) struct Writing {
    /// The writer, when it has written what it got last.
    writer: BoxFuture<'static, io::Result<Writer>>,
    pieces: Vec<Bytes>,
    /// What comes after the pieces.
    small: BytesMut,
    /// The bytes in both.
    length: usize,
}

/// What a thread works with.
struct Writer {
    file: ArchiveFileWriter,
    data: ArrivingData,
}

impl Writing {
    pub(super) fn new(file: ArchiveFileWriter, data: ArrivingData) -> Self {
        Self {
            writer: ready(Ok(Writer { file, data })).boxed(),
            pieces: Vec::new(),
            small: BytesMut::new(),
            length: 0,
        }
    }

    /// Adds a piece. It waits while too much is there that was not written.
    ///
    /// # Errors
    ///
    /// A piece before this one could not be written. The file is of no use any more.
    pub(super) async fn add(&mut self, piece: Bytes) -> io::Result<()> {
        self.length += piece.len();
        if piece.len() < SMALL {
            self.small.extend_from_slice(&piece);
        } else {
            self.end_small();
            self.pieces.push(piece);
        }
        if self.length < TOGETHER {
            return Ok(());
        }
        self.write().await
    }

    /// Everything that was added, in its file.
    ///
    /// # Errors
    ///
    /// It could not be written.
    pub(super) async fn finish(mut self) -> io::Result<(ArchiveFile, Checksums)> {
        self.write().await?;
        let Writer { file, data } = self.writer.await?;
        let finishing = spawn_blocking(move || Ok((file.finish()?, data.finish())));
        finishing.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    fn end_small(&mut self) {
        if !self.small.is_empty() {
            self.pieces.push(self.small.split().freeze());
        }
    }

    async fn write(&mut self) -> io::Result<()> {
        self.end_small();
        self.length = 0;
        let pieces = mem::take(&mut self.pieces);
        // After a failure there is no writer.
        let none = ready(Err(io::ErrorKind::BrokenPipe.into())).boxed();
        let mut writer = mem::replace(&mut self.writer, none).await?;
        let written = spawn_blocking(move || {
            writer.write(&pieces)?;
            Ok(writer)
        });
        let written =
            written.map(|ended| ended.unwrap_or_else(|error| Err(io::Error::other(error))));
        self.writer = written.boxed();
        Ok(())
    }
}

impl Writer {
    fn write(&mut self, pieces: &[Bytes]) -> io::Result<()> {
        pieces.iter().for_each(|piece| self.data.take(piece));
        self.file.set_read_again(!self.data.is_checked());
        self.file.write(pieces)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read as _;

    use super::*;

    #[tokio::test]
    async fn pieces_of_any_size_are_written_in_their_order() {
        let all: Vec<u8> = (0..3 * TOGETHER + 7).map(|place| (place % 251) as u8).collect();
        for sizes in [[1, 2, 3], [SMALL - 1, SMALL, 1], [TOGETHER, 5, SMALL], [7, 2 * TOGETHER, 0]]
        {
            let file = ArchiveFileWriter::new(tempfile::tempfile().unwrap());
            let mut writing = Writing::new(file, ArrivingData::new());
            let (mut rest, mut sizes) = (Bytes::from(all.clone()), sizes.iter().cycle());
            while !rest.is_empty() {
                let size = (*sizes.next().unwrap()).min(rest.len());
                writing.add(rest.split_to(size)).await.unwrap();
            }
            let (file, _) = writing.finish().await.unwrap();
            let mut read = Vec::new();
            file.reader().unwrap().read_to_end(&mut read).unwrap();
            assert!(read == all);
            assert_eq!(file.length(), all.len() as u64);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_an_error_at_the_latest_at_the_end() {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        let for_reading = || ArchiveFileWriter::new(File::open(&path).unwrap());
        let mut few = Writing::new(for_reading(), ArrivingData::new());
        few.add(Bytes::from_static(b"abc")).await.unwrap();
        assert!(few.finish().await.is_err());
        let mut many = Writing::new(for_reading(), ArrivingData::new());
        let piece = Bytes::from(vec![7; TOGETHER]);
        many.add(piece.clone()).await.unwrap();
        assert!(many.add(piece.clone()).await.is_err());
        assert!(many.add(piece).await.is_err());
        assert!(many.finish().await.is_err());
    }
}
