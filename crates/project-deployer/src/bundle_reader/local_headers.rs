use std::io::{BufReader, Read, Seek, SeekFrom};

use super::entry::{Entry, TELLING_FLAGS};
use super::error::{BundleError, LimitedBy, shown};
use super::extra::Extra;
use super::limits::BundleLimits;
use super::little_endian::LittleEndian;

/// Bytes of the fixed part of such a header.
const LENGTH: usize = 30;
/// Sizes and checksum may follow the data: with or without a signature, narrow or wide.
const DESCRIPTORS: [u64; 5] = [0, 12, 16, 20, 24];

/// Checks that entries follow each other without overlap and without anything between them, from
/// the first byte to the directory, and that the header before each says what the directory says.
/// Readers that take a zip as a stream see those headers only.
pub(super) fn check<R: Read + Seek>(
    archive: &mut R,
    entries: &[Entry],
    directory_start: u64,
    limits: &BundleLimits,
) -> Result<(), BundleError> {
    let mut in_order: Vec<&Entry> = entries.iter().collect();
    in_order.sort_unstable_by_key(|entry| entry.header_start);
    let mut at = Place { end: 0, streamed: false };
    archive.rewind()?;
    let mut headers = Headers {
        archive: BufReader::with_capacity(READ_AHEAD, archive),
        at: 0,
        buffer: Vec::new(),
        left: limits.max_directory_bytes,
    };
    for entry in in_order {
        at.meets(entry.header_start).ok_or_else(|| overlap(entry))??;
        let end = headers.end_of(entry, limits)?;
        if end > directory_start {
            return Err(overlap(entry));
        }
        at = Place { end, streamed: entry.is_streamed() };
    }
    at.meets(directory_start).unwrap_or(Ok(()))
}

/// Where the data of an entry ended.
struct Place {
    end: u64,
    streamed: bool,
}

impl Place {
    /// Whether the next thing begins right here; `None` when it begins earlier.
    fn meets(&self, next: u64) -> Option<Result<(), BundleError>> {
        let bytes = next.checked_sub(self.end)?;
        if bytes == 0 || (self.streamed && DESCRIPTORS.contains(&bytes)) {
            return Some(Ok(()));
        }
        Some(Err(BundleError::HiddenData { bytes, place: "before or between its entries" }))
    }
}

fn overlap(entry: &Entry) -> BundleError {
    BundleError::Overlap { entry: shown(&entry.path) }
}

/// So many bytes are read at a time: a few headers where entries are small, and little beyond a header
/// where they are large.
const READ_AHEAD: usize = 1024;

/// Reads headers, as many bytes of them as the directory may have.
struct Headers<'a, R> {
    /// Small entries stand close together: one call of the system brings many headers.
    archive: BufReader<&'a mut R>,
    /// Where the archive is read next.
    at: u64,
    buffer: Vec<u8>,
    left: u64,
}

impl<R: Read + Seek> Headers<'_, R> {
    /// Checks the header of an entry and returns where its data ends.
    fn end_of(&mut self, entry: &Entry, limits: &BundleLimits) -> Result<u64, BundleError> {
        let two = |what| BundleError::contradiction_in(&entry.path, what);
        self.go_to(entry.header_start)?;
        self.read(LENGTH, limits)?;
        let no_header = || two("no header is where it should be");
        let header = LocalHeader::read(&self.buffer).ok_or_else(no_header)?;
        if usize::from(header.name_length) != entry.name_length() {
            return Err(two("it has two names"));
        }
        self.read(entry.name_length() + usize::from(header.extra_length), limits)?;
        let (name, extra) = self.buffer.split_at(entry.name_length());
        if !entry.is_named(name) {
            return Err(two("it has two names"));
        }
        header.check(entry, &Extra::read(extra, &entry.path)?)?;
        let header_length = (LENGTH + self.buffer.len()) as u64;
        let data_start = entry.header_start.checked_add(header_length);
        data_start
            .and_then(|start| start.checked_add(entry.compressed))
            .ok_or_else(|| overlap(entry))
    }

    fn read(&mut self, length: usize, limits: &BundleLimits) -> Result<(), BundleError> {
        let allowed = limits.max_directory_bytes;
        let found = (allowed - self.left).saturating_add(length as u64);
        BundleError::check_limit(LimitedBy::DirectoryBytes, found, allowed, None)?;
        self.left = allowed - found;
        self.buffer.resize(length, 0);
        self.archive.read_exact(&mut self.buffer).map_err(BundleError::from_reading)?;
        self.at += length as u64;
        Ok(())
    }

    fn go_to(&mut self, place: u64) -> Result<(), BundleError> {
        match place.checked_signed_diff(self.at) {
            Some(bytes) => self.archive.seek_relative(bytes)?,
            None => self.archive.seek(SeekFrom::Start(place)).map(drop)?,
        }
        self.at = place;
        Ok(())
    }
}

/// The fixed part of the header that stands before the data of an entry.
struct LocalHeader {
    flags: u16,
    method: u16,
    checksum: u32,
    compressed: u32,
    expanded: u32,
    name_length: u16,
    extra_length: u16,
}

impl LocalHeader {
    fn read(record: &[u8]) -> Option<Self> {
        let mut fields = LittleEndian::new(record.strip_prefix(b"PK\x03\x04")?);
        fields.u16()?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        fields.u32()?;
        Some(Self {
            flags,
            method,
            checksum: fields.u32()?,
            compressed: fields.u32()?,
            expanded: fields.u32()?,
            name_length: fields.u16()?,
            extra_length: fields.u16()?,
        })
    }

    /// Whether it says of an entry what the directory says. A streamed entry may leave sizes and
    /// checksum out.
    fn check(&self, entry: &Entry, extra: &Extra) -> Result<(), BundleError> {
        let two = |what| BundleError::contradiction_in(&entry.path, what);
        if self.method != entry.method || (self.flags ^ entry.flags) & TELLING_FLAGS != 0 {
            return Err(two("it is packed in two ways"));
        }
        let same = |here: u64, there: u64| here == there || (here == 0 && entry.is_streamed());
        let [expanded, compressed] = extra.widen([self.expanded, self.compressed], &entry.path)?;
        if !same(expanded, entry.expanded) || !same(compressed, entry.compressed) {
            return Err(two("it has two sizes"));
        }
        if !same(self.checksum.into(), entry.checksum.into()) {
            return Err(two("it has two checksums"));
        }
        Ok(())
    }
}
