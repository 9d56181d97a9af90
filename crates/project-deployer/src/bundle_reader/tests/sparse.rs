use std::io::{self, Read, Seek, SeekFrom};

/// An archive with one long run of zeros in it that takes no memory.
pub(super) struct Sparse {
    pub(super) head: Vec<u8>,
    pub(super) zeros: u64,
    pub(super) tail: Vec<u8>,
    pub(super) at: u64,
    /// The number of bytes that were read.
    pub(super) taken: u64,
}

impl Sparse {
    fn tail_start(&self) -> u64 {
        self.head.len() as u64 + self.zeros
    }
}

impl Read for Sparse {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len() as u64;
        let count = if self.at < self.head.len() as u64 {
            (&self.head[self.at as usize..]).read(buffer)?
        } else if self.at < self.tail_start() {
            let count = length.min(self.tail_start() - self.at) as usize;
            buffer[..count].fill(0);
            count
        } else {
            let at = (self.at - self.tail_start()).min(self.tail.len() as u64);
            (&self.tail[at as usize..]).read(buffer)?
        };
        self.at += count as u64;
        self.taken += count as u64;
        Ok(count)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.tail_start() + self.tail.len() as u64;
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => end.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}
