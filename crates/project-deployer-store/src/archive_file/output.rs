//! Where the bytes of an archive go. Those of a large archive that nobody reads soon go past the cache of the kernel: new
//! memory for them costs more than the disk does.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt as _;

use rustix::fs::{Advice, OFlags, fadvise, fcntl_getfl, fcntl_setfl};

use super::block::{ALIGNED, Block};

/// How many bytes are written before their way to the disk begins, and before those that follow go past the cache.
const AT_ONCE: u64 = 16 << 20;

/// The last bytes whose way to the disk may not have ended yet.
const MAY_TAKE: u64 = 4 * AT_ONCE;

/// A file that is written from its first byte to its last one.
pub(super) struct Output {
    file: File,
    /// How many bytes are in the file.
    length: u64,
    /// How many bytes are on their way to the disk, or there.
    begun: u64,
    is_read_again: bool,
    way: Way,
}

/// How bytes are written.
enum Way {
    /// Through the cache.
    Cached,
    /// Past it, one block at a time.
    Direct(Block),
    /// Through the cache, since the file system has no other way.
    OnlyCached,
}

impl Output {
    pub(super) fn new(file: File) -> Self {
        Self { file, length: 0, begun: 0, is_read_again: true, way: Way::Cached }
    }

    /// See [`ArchiveFileWriter::set_read_again`](super::ArchiveFileWriter::set_read_again).
    pub(super) fn set_read_again(&mut self, is_read_again: bool) {
        self.is_read_again = is_read_again;
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        let rest = self.choose_way(piece)?;
        match &mut self.way {
            Way::Direct(_) => self.write_direct(rest),
            Way::Cached | Way::OnlyCached => self.write_cached(rest),
        }
    }

    /// The file with all bytes.
    pub(super) fn finish(mut self) -> io::Result<File> {
        self.end_direct(Way::OnlyCached)?;
        Ok(self.file)
    }

    /// Writes what comes before the first place from which bytes go past the cache, if that is in the piece. What is left of
    /// the piece is to be written.
    fn choose_way<'piece>(&mut self, piece: &'piece [u8]) -> io::Result<&'piece [u8]> {
        if self.is_read_again {
            if matches!(self.way, Way::Direct(_)) {
                self.end_direct(Way::Cached)?;
            }
            return Ok(piece);
        }
        if self.length < AT_ONCE || !matches!(self.way, Way::Cached) {
            return Ok(piece);
        }
        let place = self.length.next_multiple_of(ALIGNED as u64);
        let missing = usize::try_from(place - self.length).unwrap_or(usize::MAX);
        let Some((before, rest)) = piece.split_at_checked(missing) else { return Ok(piece) };
        self.write_cached(before)?;
        self.way = match (Block::new(), self.set_direct(true)) {
            (Some(block), Ok(())) => Way::Direct(block),
            _ => Way::OnlyCached,
        };
        Ok(rest)
    }

    fn write_cached(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all_at(piece, self.length)?;
        self.length += piece.len() as u64;
        self.begin_storing();
        Ok(())
    }

    fn write_direct(&mut self, mut piece: &[u8]) -> io::Result<()> {
        while let (Way::Direct(block), false) = (&mut self.way, piece.is_empty()) {
            piece = block.add(piece);
            if !block.is_full() {
                continue;
            }
            match self.file.write_all_at(block.bytes(), self.length) {
                Ok(()) => {
                    self.length += block.bytes().len() as u64;
                    self.begun = self.length;
                    block.clear();
                }
                // Its disk wants other places than nearly all do.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    self.end_direct(Way::OnlyCached)?;
                }
                Err(error) => return Err(error),
            }
        }
        self.write_cached(piece)
    }

    /// Writes the bytes of a block that is not full, and goes another way from there on.
    fn end_direct(&mut self, way: Way) -> io::Result<()> {
        if let Way::Direct(block) = std::mem::replace(&mut self.way, way) {
            self.set_direct(false)?;
            self.write_cached(block.bytes())?;
        }
        Ok(())
    }

    fn set_direct(&self, is_direct: bool) -> io::Result<()> {
        let mut flags = fcntl_getfl(&self.file)?;
        flags.set(OFlags::DIRECT, is_direct);
        Ok(fcntl_setfl(&self.file, flags)?)
    }

    /// Has the kernel begin to store what was written, which it does half a minute later by itself: so there is little left
    /// to wait for at the end. It is not waited for.
    fn begin_storing(&mut self) {
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _};

    use super::*;

    /// Writes pieces of some size; what comes after a part of them is read again.
    fn written(file: File, bytes: &[u8], size: usize, read_again_from: usize) -> File {
        let mut output = Output::new(file);
        for (number, piece) in bytes.chunks(size).enumerate() {
            output.set_read_again(number * size >= read_again_from);
            output.write(piece).unwrap();
        }
        output.finish().unwrap()
    }

    #[test]
    fn all_bytes_are_in_the_file_whichever_way_they_went() {
        let bytes: Vec<u8> = (0..24_000_001_u32).map(|at| (at % 251) as u8).collect();
        for (size, read_again_from) in [
            (999_983, bytes.len()),
            (1 << 20, 20 << 20),
            (5_000_000, 0),
            (bytes.len(), bytes.len()),
        ] {
            let mut file = written(tempfile::tempfile().unwrap(), &bytes, size, read_again_from);
            // Whoever reads it may read any of its bytes.
            assert!(!fcntl_getfl(&file).unwrap().contains(OFlags::DIRECT));
            let mut read = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut read).unwrap();
            assert!(read == bytes, "pieces of {size} bytes, read again from {read_again_from}");
        }
    }

    /// Whether the file system of temporary files writes past the cache.
    fn has_direct() -> bool {
        takes_direct(0)
    }

    /// Whether it takes a block there. One in memory takes it anywhere, a disk only where a block begins.
    fn takes_direct(place: u64) -> bool {
        let output = Output::new(tempfile::tempfile().unwrap());
        let mut block = Block::new().unwrap();
        block.add(&[0; ALIGNED]);
        output.set_direct(true).is_ok() && output.file.write_all_at(block.bytes(), place).is_ok()
    }

    #[test]
    fn only_what_is_not_read_again_goes_past_the_cache_and_only_where_that_can_be() {
        let mut output = Output::new(tempfile::tempfile().unwrap());
        output.write(&vec![7; 17 << 20]).unwrap();
        assert!(matches!(output.way, Way::Cached));
        output.set_read_again(false);
        output.write(&vec![7; 1 << 20]).unwrap();
        assert_eq!(matches!(output.way, Way::Direct(_)), has_direct());
        output.set_read_again(true);
        output.write(&[7]).unwrap();
        assert!(!matches!(output.way, Way::Direct(_)));
        assert_eq!(output.length, (18 << 20) + 1);
    }

    #[test]
    fn a_disk_that_refuses_a_place_gets_the_bytes_through_the_cache() {
        let mut output = Output::new(tempfile::tempfile().unwrap());
        output.write(b"a").unwrap();
        // The second byte.
        if !has_direct() || takes_direct(1) {
            return;
        }
        output.set_direct(true).unwrap();
        output.set_read_again(false);
        output.way = Way::Direct(Block::new().unwrap());
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
        output.write(&bytes).unwrap();
        assert!(matches!(output.way, Way::OnlyCached));
        let mut file = output.finish().unwrap();
        file.seek(io::SeekFrom::Start(1)).unwrap();
        let mut read = Vec::new();
        file.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
    }

    #[test]
    fn what_cannot_be_written_is_an_error_either_way() {
        let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
        for way in [Way::Cached, Way::Direct(Block::new().unwrap())] {
            let mut output = Output { way, ..Output::new(File::open(&path).unwrap()) };
            output.set_read_again(false);
            assert!(output.write(&vec![7; 2 << 20]).is_err());
        }
    }
}
