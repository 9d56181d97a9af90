use std::io::{Read, Seek, SeekFrom};

use super::error::{BundleError, LimitedBy};
use super::limits::BundleLimits;
use super::little_endian::LittleEndian;

const ENTRY: &[u8] = b"PK\x03\x04";
const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const END_64: &[u8] = b"PK\x06\x06";
const END_64_LENGTH: u64 = 56;
const LOCATOR: &[u8] = b"PK\x06\x07";
const LOCATOR_LENGTH: usize = 20;
/// The signatures at the start of split archives; the second where one part was enough.
const PARTS: [&[u8]; 2] = [b"PK\x07\x08", b"PK00"];
/// A comment on the archive has at most this many bytes.
const MAX_COMMENT: u64 = u16::MAX as u64;
/// The smallest header of an entry in the directory.
const MIN_HEADER: u64 = 46;

/// The end record: where the directory of an archive is, and how many entries it has. Only this is
/// read before the limits are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) entries: u64,
    pub(super) directory_start: u64,
    pub(super) directory_size: u64,
    /// The size of the whole archive.
    pub(super) archive_size: u64,
}

impl Ending {
    /// Finds the end record. There must be no other reading of the last bytes.
    pub(super) fn find<R: Read + Seek>(
        archive: &mut R,
        limits: &BundleLimits,
    ) -> Result<Self, BundleError> {
        let size = archive.seek(SeekFrom::End(0))?;
        BundleError::check_limit(LimitedBy::ArchiveBytes, size, limits.max_archive_bytes, None)?;
        check_beginning(archive, size)?;
        let tail_start = size.saturating_sub(MAX_COMMENT + END_LENGTH as u64);
        let tail = read_at(archive, tail_start, size - tail_start)?;
        let at = end_record(&tail)?;
        let record_start = tail_start + at as u64;
        let plain = PlainEnd::read(&tail[at..]).ok_or(BundleError::Truncated)?;
        let padding = padding(&tail[at..])?;
        let (ending, directory_end) = match locator(&tail[..at]) {
            None => (plain.alone()?, record_start),
            // Readers that accept padding look for the directory right before the end and do not
            // find it. They may open an archive inside the archive instead.
            Some(_) if padding > 0 => return Err(after_the_end(padding)),
            Some(locator) => {
                let locator_start = record_start - LOCATOR_LENGTH as u64;
                plain.with_zip64(archive, locator, locator_start)?
            }
        };
        ending.check(directory_end, limits)?;
        Ok(Self { archive_size: size, ..ending })
    }

    fn check(&self, directory_end: u64, limits: &BundleLimits) -> Result<(), BundleError> {
        BundleError::check_limit(LimitedBy::Entries, self.entries, limits.max_entries, None)?;
        let (size, allowed) = (self.directory_size, limits.max_directory_bytes);
        BundleError::check_limit(LimitedBy::DirectoryBytes, size, allowed, None)?;
        if self.entries.checked_mul(MIN_HEADER).is_none_or(|least| least > size) {
            return Err(BundleError::contradiction("its directory is too small for its entries"));
        }
        match self.directory_start.checked_add(size).map(|end| directory_end.checked_sub(end)) {
            Some(Some(0)) => Ok(()),
            Some(Some(bytes)) => {
                Err(BundleError::HiddenData { bytes, place: "beside its directory", entry: None })
            }
            _ => Err(BundleError::contradiction("its directory extends beyond its end record")),
        }
    }
}

/// A zip begins with its first entry, or with its end record when it has no entry.
fn check_beginning<R: Read + Seek>(archive: &mut R, size: u64) -> Result<(), BundleError> {
    let beginning = read_at(archive, 0, size.min(4))?;
    if beginning == ENTRY || beginning == END {
        return Ok(());
    }
    if PARTS.contains(&beginning.as_slice()) {
        let what = "the parts of a split archive".to_owned();
        return Err(BundleError::Unsupported { what, entry: None });
    }
    if size < 4 && size > 0 && ENTRY.starts_with(&beginning) {
        return Err(BundleError::Truncated);
    }
    Err(BundleError::NotZip)
}

/// The position of the end record in the last bytes of the archive. The last signature counts: some
/// readers look for one that fits, others take the last one.
fn end_record(tail: &[u8]) -> Result<usize, BundleError> {
    let at = tail.windows(END.len()).rposition(|window| window == END);
    at.ok_or(BundleError::Truncated)
}

/// The number of bytes after the end record and its comment. They must be zeros: some writers pad
/// the last block.
fn padding(end: &[u8]) -> Result<u64, BundleError> {
    let comment = end.get(END_LENGTH - 2..END_LENGTH).ok_or(BundleError::Truncated)?;
    let comment = LittleEndian::new(comment).u16().map_or(0, usize::from);
    let padding = end.get(END_LENGTH + comment..).ok_or(BundleError::Truncated)?;
    let bytes = padding.len() as u64;
    if padding.iter().all(|byte| *byte == 0) { Ok(bytes) } else { Err(after_the_end(bytes)) }
}

fn after_the_end(bytes: u64) -> BundleError {
    BundleError::HiddenData { bytes, place: "after its end", entry: None }
}

fn locator(before: &[u8]) -> Option<&[u8]> {
    let start = before.len().checked_sub(LOCATOR_LENGTH)?;
    before.get(start..).filter(|record| record.starts_with(LOCATOR))
}

fn read_at<R: Read + Seek>(
    archive: &mut R,
    start: u64,
    length: u64,
) -> Result<Vec<u8>, BundleError> {
    archive.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    archive.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(BundleError::Truncated) }
}

/// The end record that every zip has.
struct PlainEnd {
    disks: [u16; 2],
    entries_here: u16,
    entries: u16,
    directory_size: u32,
    directory_start: u32,
}

impl PlainEnd {
    fn read(record: &[u8]) -> Option<Self> {
        let mut record = LittleEndian::new(record);
        record.u32()?;
        Some(Self {
            disks: [record.u16()?, record.u16()?],
            entries_here: record.u16()?,
            entries: record.u16()?,
            directory_size: record.u32()?,
            directory_start: record.u32()?,
        })
    }

    /// Whether a field has the marker that refers to the zip64 record.
    fn points_on(&self) -> bool {
        self.disks.contains(&u16::MAX)
            || self.entries_here == u16::MAX
            || self.entries == u16::MAX
            || self.directory_size == u32::MAX
            || self.directory_start == u32::MAX
    }

    fn alone(&self) -> Result<Ending, BundleError> {
        if self.points_on() {
            return Err(BundleError::contradiction(
                "its end names a zip64 record that is not there",
            ));
        }
        if self.disks != [0, 0] {
            return Err(several_volumes());
        }
        if self.entries_here != self.entries {
            return Err(BundleError::contradiction("its end record counts its entries twice"));
        }
        Ok(Ending {
            entries: self.entries.into(),
            directory_start: self.directory_start.into(),
            directory_size: self.directory_size.into(),
            archive_size: 0,
        })
    }

    /// Reads the zip64 record. It must be right before its locator, and agree with every value of
    /// the plain record.
    fn with_zip64<R: Read + Seek>(
        &self,
        archive: &mut R,
        locator: &[u8],
        locator_start: u64,
    ) -> Result<(Ending, u64), BundleError> {
        let misplaced =
            || BundleError::contradiction("its zip64 record is not where its end record says");
        let start = record_start(locator).ok_or_else(misplaced)??;
        if start.checked_add(END_64_LENGTH) != Some(locator_start) {
            return Err(misplaced());
        }
        let record = read_at(archive, start, END_64_LENGTH)?;
        let wide = WideEnd::read(&record).ok_or_else(misplaced)?;
        wide.check()?;
        let agrees = [
            (self.disks[0].into(), u16::MAX.into(), 0),
            (self.disks[1].into(), u16::MAX.into(), 0),
            (self.entries_here.into(), u16::MAX.into(), wide.ending.entries),
            (self.entries.into(), u16::MAX.into(), wide.ending.entries),
            (self.directory_size.into(), u32::MAX.into(), wide.ending.directory_size),
            (self.directory_start.into(), u32::MAX.into(), wide.ending.directory_start),
        ]
        .iter()
        .all(|(plain, mark, wide): &(u64, u64, u64)| plain == mark || plain == wide);
        if !agrees {
            return Err(BundleError::contradiction("its zip64 record contradicts its end record"));
        }
        Ok((wide.ending, start))
    }
}

/// The position of the zip64 record, from its locator. Only one volume is accepted.
fn record_start(locator: &[u8]) -> Option<Result<u64, BundleError>> {
    let mut locator = LittleEndian::new(locator);
    locator.u32()?;
    let (volume, start, volumes) = (locator.u32()?, locator.u64()?, locator.u32()?);
    // Some writers state 0 volumes for a single one.
    Some(if volume == 0 && volumes <= 1 { Ok(start) } else { Err(several_volumes()) })
}

/// The zip64 record.
struct WideEnd {
    length: u64,
    disks: [u32; 2],
    entries_here: u64,
    ending: Ending,
}

impl WideEnd {
    fn read(record: &[u8]) -> Option<Self> {
        let mut fields = LittleEndian::new(record.strip_prefix(END_64)?);
        let length = fields.u64()?;
        fields.u32()?;
        let disks = [fields.u32()?, fields.u32()?];
        let entries_here = fields.u64()?;
        let (entries, directory_size) = (fields.u64()?, fields.u64()?);
        let directory_start = fields.u64()?;
        let ending = Ending { entries, directory_start, directory_size, archive_size: 0 };
        Some(Self { length, disks, entries_here, ending })
    }

    fn check(&self) -> Result<(), BundleError> {
        // The length does not count the signature and its own field.
        if self.length != END_64_LENGTH - 12 {
            return Err(BundleError::contradiction("its zip64 record has another length"));
        }
        if self.disks != [0, 0] {
            return Err(several_volumes());
        }
        if self.entries_here != self.ending.entries {
            return Err(BundleError::contradiction("its zip64 record counts its entries twice"));
        }
        Ok(())
    }
}

fn several_volumes() -> BundleError {
    BundleError::Unsupported { what: "several volumes".to_owned(), entry: None }
}
