use std::io::{Read, Seek};

use project_deployer_core::bundle::ArchiveNoteKind;

use super::descriptor::{self, Descriptor};
use super::entry::{COMPARED_FLAGS, Entry};
use super::error::{BundleError, LimitedBy, shown};
use super::extra::Extra;
use super::limits::BundleLimits;
use super::little_endian::LittleEndian;
use super::notes::Notes;
use super::walk::Walk;

/// Bytes of the fixed part of a local header.
const LENGTH: usize = 30;

/// Checks the local headers:
/// - Entries follow each other without overlap and without a gap, from the first byte to the
///   directory.
/// - The header before each entry, and the descriptor after it if there is one, agrees with the
///   directory. Stream readers see only those.
pub(super) fn check<R: Read + Seek>(
    archive: &mut R,
    entries: &mut [Entry<'_>],
    directory_start: u64,
    limits: &BundleLimits,
    notes: &mut Notes,
) -> Result<(), BundleError> {
    let mut in_order: Vec<&mut Entry<'_>> = entries.iter_mut().collect();
    in_order.sort_unstable_by_key(|entry| entry.header_start);
    let mut headers = Headers {
        walk: Walk::new(archive, READ_AHEAD)?,
        buffer: Vec::new(),
        left: limits.max_directory_bytes,
    };
    let mut before: Option<(&Entry<'_>, u64)> = None;
    for entry in in_order {
        let meets = headers.meets(before, entry.header_start, notes)?;
        if !meets {
            return Err(overlap(entry));
        }
        let end = headers.end_of(entry, limits, notes)?;
        if end > directory_start {
            return Err(overlap(entry));
        }
        before = Some((entry, end));
    }
    headers.meets(before, directory_start, notes).map(drop)
}

fn overlap(entry: &Entry<'_>) -> BundleError {
    BundleError::Overlap { entry: shown(entry.path()) }
}

/// The number of bytes that are read at a time: some headers of small entries, and one page of a disk for the header
/// of a large entry.
const READ_AHEAD: usize = 4096;

/// Reads headers, up to the number of bytes that the directory may have.
struct Headers<'a, R> {
    walk: Walk<'a, R>,
    buffer: Vec<u8>,
    left: u64,
}

impl<R: Read + Seek> Headers<'_, R> {
    /// Whether the next record begins at the end of the previous entry and its descriptor; false
    /// where it begins earlier.
    fn meets(
        &mut self,
        before: Option<(&Entry<'_>, u64)>,
        next: u64,
        notes: &mut Notes,
    ) -> Result<bool, BundleError> {
        let end = before.map_or(0, |(_, end)| end);
        let Some(bytes) = next.checked_sub(end) else { return Ok(false) };
        match before {
            Some((entry, _)) if entry.is_streamed() && bytes == 0 => {
                Err(BundleError::contradiction_in(entry.path(), "no sizes follow its data"))
            }
            Some((entry, _)) if entry.is_streamed() && Descriptor::has_length(bytes) => {
                self.check_descriptor(entry, end, bytes as usize, notes).map(|()| true)
            }
            _ if bytes == 0 => Ok(true),
            _ => Err(BundleError::HiddenData {
                bytes,
                place: "before or between its entries",
                entry: None,
            }),
        }
    }

    fn check_descriptor(
        &mut self,
        entry: &Entry<'_>,
        start: u64,
        length: usize,
        notes: &mut Notes,
    ) -> Result<(), BundleError> {
        let mut bytes = [0; descriptor::LONGEST];
        let bytes = &mut bytes[..length];
        self.walk.go_to(start)?;
        self.walk.read_exact(bytes).map_err(BundleError::from_reading)?;
        let Some(found) = Descriptor::read(bytes).filter(|found| found.fits(entry)) else {
            let what = "other sizes or another checksum follow its data";
            return Err(BundleError::contradiction_in(entry.path(), what));
        };
        if found.is_wider_than_needed() {
            notes.add(ArchiveNoteKind::WideDescriptor, entry.path());
        }
        Ok(())
    }

    /// Checks the header of an entry and returns the end of its data.
    fn end_of(
        &mut self,
        entry: &mut Entry<'_>,
        limits: &BundleLimits,
        notes: &mut Notes,
    ) -> Result<u64, BundleError> {
        let two = |what| BundleError::contradiction_in(entry.path(), what);
        self.walk.go_to(entry.header_start)?;
        let no_header = || two("no header is where it should be");
        let header = self.next(LENGTH, limits, LocalHeader::read)?.ok_or_else(no_header)?;
        let name_length = entry.name().len();
        if usize::from(header.name_length) != name_length {
            return Err(two("it has two names"));
        }
        let length = name_length + usize::from(header.extra_length);
        self.next(length, limits, |bytes| header.check_rest(bytes, entry, notes))??;
        let header_length = LENGTH + length;
        entry.header_length = u32::try_from(header_length).map_err(|_| overlap(entry))?;
        let data_start = entry.header_start.checked_add(header_length as u64);
        data_start
            .and_then(|start| start.checked_add(entry.compressed))
            .ok_or_else(|| overlap(entry))
    }

    /// Hands the next bytes to a function, up to the limit.
    fn next<T>(
        &mut self,
        length: usize,
        limits: &BundleLimits,
        then: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, BundleError> {
        let allowed = limits.max_directory_bytes;
        let found = (allowed - self.left).saturating_add(length as u64);
        BundleError::check_limit(LimitedBy::DirectoryBytes, found, allowed, None)?;
        self.left = allowed - found;
        self.walk.with_next(length, &mut self.buffer, then).map_err(BundleError::from_reading)
    }
}

/// The fixed part of the header before the data of an entry.
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

    /// Whether one of its sizes is in the zip64 field.
    fn is_marked(&self) -> bool {
        [self.compressed, self.expanded].contains(&u32::MAX)
    }

    /// Checks it together with the name and the extra fields after it.
    fn check_rest(
        &self,
        rest: &[u8],
        entry: &Entry<'_>,
        notes: &mut Notes,
    ) -> Result<(), BundleError> {
        let two_names = || BundleError::contradiction_in(entry.path(), "it has two names");
        let extra = rest.strip_prefix(entry.name().as_bytes()).ok_or_else(two_names)?;
        let extra = Extra::read(extra, entry.name())?;
        self.check(entry, &extra)?;
        let halved = extra.lacks_a_size() && self.is_marked();
        if halved || extra.is_unusual() {
            notes.add(ArchiveNoteKind::UnusualZip64Field, entry.path());
        }
        if entry.is_marked_utf8(entry.flags) && !entry.is_marked_utf8(self.flags) {
            notes.add(ArchiveNoteKind::NameNotMarkedUtf8, entry.path());
        }
        Ok(())
    }

    /// Checks that it agrees with the directory about an entry. A streamed entry may omit sizes and
    /// checksum.
    fn check(&self, entry: &Entry<'_>, extra: &Extra) -> Result<(), BundleError> {
        let two = |what| BundleError::contradiction_in(entry.path(), what);
        if self.method != entry.method || (self.flags ^ entry.flags) & COMPARED_FLAGS != 0 {
            return Err(two("it has two compression methods"));
        }
        let same = |here: u64, there: u64| here == there || (here == 0 && entry.is_streamed());
        let [expanded, compressed] = extra.widen([self.expanded, self.compressed], entry.path())?;
        if !same(expanded, entry.expanded) || !same(compressed, entry.compressed) {
            return Err(two("it has two sizes"));
        }
        if !same(self.checksum.into(), entry.checksum.into()) {
            return Err(two("it has two checksums"));
        }
        Ok(())
    }
}
