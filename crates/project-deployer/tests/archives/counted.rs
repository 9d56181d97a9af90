use std::io::{self, Read, Seek, SeekFrom};

/// Counts how much work a reader makes: equal on every machine, however busy it is.
#[derive(Debug)]
pub(crate) struct Counted<R> {
    reader: R,
    /// How many bytes were read.
    pub(crate) bytes: u64,
    /// How often it was read, or another place was gone to.
    pub(crate) calls: u64,
}

impl<R> Counted<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, bytes: 0, calls: 0 }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.calls += 1;
        self.bytes += u64::try_from(count).map_err(io::Error::other)?;
        Ok(count)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.calls += 1;
        self.reader.seek(place)
    }
}
