use std::io::{Read, Seek};

use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};

use super::arriving::Checksums;
use super::entry::Entry;
use super::error::{BundleError, shown};
use super::walk::Walk;

/// The number of bytes that are read, and expanded, at a time.
const PIECE: usize = 64 * 1024;

/// Reads the data of entries with checked headers.
pub(super) struct DataReader<'a, R> {
    walk: Walk<'a, R>,
    expander: Expander,
}

impl<'a, R: Read + Seek> DataReader<'a, R> {
    pub(super) fn new(archive: &'a mut R) -> Result<Self, BundleError> {
        Ok(Self { walk: Walk::new(archive, PIECE)?, expander: Expander::new() })
    }

    /// The data of one entry, whose size is within the limits.
    pub(super) fn read(&mut self, entry: &Entry<'_>) -> Result<Vec<u8>, BundleError> {
        let mut text = Vec::new();
        self.expander.expand(&mut self.walk, entry, |piece| text.extend_from_slice(piece))?;
        Ok(text)
    }

    /// Passes the data of one entry on, piece by piece.
    pub(super) fn pass(
        &mut self,
        entry: &Entry<'_>,
        sink: impl FnMut(&[u8]),
    ) -> Result<(), BundleError> {
        self.expander.expand(&mut self.walk, entry, sink)
    }

    /// Checks the data of entries that are not read: each ends where its compressed bytes end, and
    /// agrees with its size and checksum.
    /// What was checked when it arrived is left out.
    pub(super) fn check(
        mut self,
        entries: &mut [Entry<'_>],
        arrived: &Checksums,
    ) -> Result<(), BundleError> {
        entries.sort_unstable_by_key(Entry::data_start);
        let mut left = entries.iter().filter(|entry| !arrived.have(entry));
        left.try_for_each(|entry| self.expander.expand(&mut self.walk, entry, |_| {}))
    }
}

/// Expands data piece by piece, in constant memory.
struct Expander {
    inflate: Decompress,
    output: Vec<u8>,
}

impl Expander {
    fn new() -> Self {
        Self { inflate: Decompress::new(false), output: vec![0; PIECE] }
    }

    /// Expands an entry to its end, which must be the end of its compressed bytes: stream readers
    /// continue after the former, directory readers after the latter (R16).
    fn expand<R: Read + Seek>(
        &mut self,
        walk: &mut Walk<'_, R>,
        entry: &Entry<'_>,
        mut sink: impl FnMut(&[u8]),
    ) -> Result<(), BundleError> {
        walk.go_to(entry.data_start())?;
        let mut data = Data { entry, checksum: Hasher::new(), expanded: 0 };
        let left = if entry.is_deflated() {
            self.inflate(walk, &mut data, &mut sink)?
        } else {
            copy(walk, &mut data, &mut sink)?
        };
        if left > 0 {
            return Err(BundleError::HiddenData {
                bytes: left,
                place: "after the end of the data",
                entry: Some(shown(entry.path())),
            });
        }
        data.check_end()
    }

    /// Returns how many bytes are left after the end of the deflate stream.
    fn inflate<R: Read + Seek>(
        &mut self,
        walk: &mut Walk<'_, R>,
        data: &mut Data<'_>,
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<u64, BundleError> {
        self.inflate.reset(false);
        let mut left = data.entry.compressed;
        loop {
            let input = walk.peek(left).map_err(BundleError::from_reading)?;
            let before = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(input, &mut self.output, FlushDecompress::None)
                .map_err(|_| data.damaged())?;
            let taken = self.inflate.total_in() - before.0;
            let given = self.inflate.total_out() - before.1;
            data.take(&self.output[..given as usize], sink)?;
            walk.pass(taken as usize);
            left -= taken;
            if status == Status::StreamEnd {
                return Ok(left);
            }
            // The data ends before its stream.
            if taken == 0 && given == 0 {
                return Err(data.damaged());
            }
        }
    }
}

/// Copies data that is stored without compression.
fn copy<R: Read + Seek>(
    walk: &mut Walk<'_, R>,
    data: &mut Data<'_>,
    sink: &mut impl FnMut(&[u8]),
) -> Result<u64, BundleError> {
    let mut left = data.entry.compressed;
    while left > 0 {
        let piece = walk.peek(left).map_err(BundleError::from_reading)?;
        let length = piece.len();
        data.take(piece, sink)?;
        walk.pass(length);
        left -= length as u64;
    }
    Ok(left)
}

/// The expanded data of an entry so far.
struct Data<'a> {
    entry: &'a Entry<'a>,
    checksum: Hasher,
    expanded: u64,
}

impl Data<'_> {
    /// Adds one piece. At most one piece more is expanded than the size that the entry states.
    fn take(&mut self, piece: &[u8], sink: &mut impl FnMut(&[u8])) -> Result<(), BundleError> {
        self.expanded += piece.len() as u64;
        if self.expanded > self.entry.expanded {
            return Err(self.damaged());
        }
        self.checksum.update(piece);
        sink(piece);
        Ok(())
    }

    fn check_end(&self) -> Result<(), BundleError> {
        let found = (self.expanded, self.checksum.clone().finalize());
        if found == (self.entry.expanded, self.entry.checksum) {
            Ok(())
        } else {
            Err(self.damaged())
        }
    }

    fn damaged(&self) -> BundleError {
        BundleError::Damaged { entry: shown(self.entry.path()) }
    }
}
