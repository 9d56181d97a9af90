use std::io::{self, BufRead as _, BufReader, Read, Seek, SeekFrom};

/// Hands the next bytes to a function: those in the buffer if it has all of them, else copies.
pub(super) fn with_next<R: Read, T>(
    from: &mut BufReader<R>,
    length: usize,
    scratch: &mut Vec<u8>,
    then: impl FnOnce(&[u8]) -> T,
) -> io::Result<T> {
    if let Some(bytes) = from.buffer().get(..length) {
        let result = then(bytes);
        from.consume(length);
        return Ok(result);
    }
    scratch.resize(length, 0);
    from.read_exact(scratch)?;
    Ok(then(scratch))
}

/// Reads an archive mostly in sequence: one system call reads many small entries.
pub(super) struct Walk<'a, R> {
    archive: BufReader<&'a mut R>,
    /// The position of the next read.
    at: u64,
}

impl<'a, R: Read + Seek> Walk<'a, R> {
    /// Begins at the start, and reads `read_ahead` bytes at a time.
    pub(super) fn new(archive: &'a mut R, read_ahead: usize) -> io::Result<Self> {
        archive.rewind()?;
        Ok(Self { archive: BufReader::with_capacity(read_ahead, archive), at: 0 })
    }

    pub(super) fn go_to(&mut self, place: u64) -> io::Result<()> {
        match place.checked_signed_diff(self.at) {
            Some(bytes) => self.archive.seek_relative(bytes)?,
            None => self.archive.seek(SeekFrom::Start(place)).map(drop)?,
        }
        self.at = place;
        Ok(())
    }

    /// Hands the next bytes to a function.
    pub(super) fn with_next<T>(
        &mut self,
        length: usize,
        scratch: &mut Vec<u8>,
        then: impl FnOnce(&[u8]) -> T,
    ) -> io::Result<T> {
        self.at += length as u64;
        with_next(&mut self.archive, length, scratch, then)
    }

    pub(super) fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.archive.read_exact(buffer)?;
        self.at += buffer.len() as u64;
        Ok(())
    }

    /// The next bytes, at most `most` of them; an error at the end of the archive unless `most` is
    /// 0.
    pub(super) fn peek(&mut self, most: u64) -> io::Result<&[u8]> {
        if most == 0 {
            return Ok(&[]);
        }
        let bytes = self.archive.fill_buf()?;
        if bytes.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = usize::try_from(most).map_or(bytes.len(), |most| most.min(bytes.len()));
        Ok(&bytes[..length])
    }

    /// Skips bytes that `peek` returned.
    pub(super) fn pass(&mut self, count: usize) {
        self.archive.consume(count);
        self.at += count as u64;
    }
}
