//! Data of an archive that is checked while it arrives, so that it need not be read again for that. What its beginning seems
//! to say is no more than a guess at where data is: it counts only where the checked structure says the same.

use std::io::{Read, Seek};

use crc32fast::Hasher;
use project_deployer_core::bundle::BundleContents;

use super::entry::{Entry, STORED, STREAMED};
use super::little_endian::LittleEndian;
use super::{BundleError, BundleLimits, read_arrived};

/// The signatures of a local header, and of the directory after the last entry.
const LOCAL: u32 = 0x0403_4B50;
const DIRECTORY: u32 = 0x0201_4B50;

/// The length of a local header without names.
const HEADER: usize = 30;

/// A size that is elsewhere.
const ELSEWHERE: u32 = u32::MAX;

/// How many entries are noted at most.
const MOST: usize = 100_000;

/// Follows an archive from its first byte, in pieces of any size, so that data without compression is read only once.
#[derive(Debug)]
#[non_exhaustive]
pub struct ArrivingData {
    /// The position of the next byte.
    at: u64,
    place: Place,
    found: Checksums,
    /// All data so far was checked.
    is_checked: bool,
}

/// Where the next byte is.
#[derive(Debug)]
enum Place {
    /// In a header, of which these bytes came.
    Header(Vec<u8>),
    /// In what is passed over: the names of a header, or data that is not checked. So many bytes are left.
    Passed { left: u64, then: Data },
    /// In data that is checked.
    Data { left: u64, start: u64, length: u64, checksum: Hasher },
    /// In the directory, or where nothing is known any more.
    Over,
}

/// What comes after names.
#[derive(Debug, Clone, Copy)]
enum Data {
    Checked(u64),
    Passed(u64),
    /// The next header.
    None,
}

/// The checksums of data by its place, in the order of places.
#[derive(Debug, Default)]
pub(crate) struct Checksums(Vec<Checksum>);

#[derive(Debug)]
struct Checksum {
    start: u64,
    length: u64,
    checksum: u32,
}

impl Default for ArrivingData {
    fn default() -> Self {
        Self::new()
    }
}

impl ArrivingData {
    /// Before the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self::at(Place::Header(Vec::new()))
    }

    /// Reads the bundle of which all bytes were taken, as [`read_bundle`](super::read_bundle) does: what was checked on its way is not read
    /// again, and everything else is.
    ///
    /// # Errors
    ///
    /// Those of [`read_bundle`](super::read_bundle).
    pub fn read<R: Read + Seek>(
        self,
        archive: R,
        limits: &BundleLimits,
    ) -> Result<BundleContents, BundleError> {
        read_arrived(archive, limits, &self.finish())
    }

    /// For an archive that is read as a whole later: nothing is checked.
    pub(crate) fn unchecked() -> Self {
        Self { is_checked: false, ..Self::at(Place::Over) }
    }

    fn at(place: Place) -> Self {
        Self { at: 0, place, found: Checksums::default(), is_checked: true }
    }

    /// Whether no data so far has to be read again.
    pub(crate) fn is_checked(&self) -> bool {
        self.is_checked
    }

    pub(crate) fn finish(self) -> Checksums {
        self.found
    }

    /// Takes the next bytes.
    pub fn take(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let taken = self.take_some(piece);
            self.at += taken as u64;
            piece = piece.get(taken..).unwrap_or_default();
        }
    }

    /// Takes the bytes that belong to the present place, which may be none, and moves on at its end.
    fn take_some(&mut self, piece: &[u8]) -> usize {
        let within = |left: u64| usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        match &mut self.place {
            Place::Header(header) => {
                let taken = (HEADER - header.len()).min(piece.len());
                header.extend_from_slice(&piece[..taken]);
                if header.len() == HEADER {
                    self.place = self.after_header();
                }
                taken
            }
            Place::Passed { left, then } => {
                let (taken, then) = (within(*left), *then);
                *left -= taken as u64;
                if *left == 0 {
                    self.place = self.after_names(then, self.at + taken as u64);
                }
                taken
            }
            Place::Data { left, start, length, checksum } => {
                let taken = within(*left);
                checksum.update(&piece[..taken]);
                *left -= taken as u64;
                if *left == 0 {
                    let checksum = std::mem::take(checksum).finalize();
                    self.found.0.push(Checksum { start: *start, length: *length, checksum });
                    self.place = Place::Header(Vec::new());
                }
                taken
            }
            Place::Over => piece.len(),
        }
    }

    fn after_header(&mut self) -> Place {
        let Place::Header(header) = &self.place else { return Place::Over };
        let mut header = LittleEndian::new(header);
        let signature = header.u32();
        if signature == Some(DIRECTORY) {
            return Place::Over;
        }
        let place = (signature == Some(LOCAL)).then(|| names_and_data(&mut header)).flatten();
        match place {
            Some((left, then)) if self.found.0.len() < MOST => {
                self.is_checked &= !matches!(then, Data::Passed(_));
                Place::Passed { left, then }
            }
            _ => {
                self.is_checked = false;
                Place::Over
            }
        }
    }

    fn after_names(&mut self, then: Data, start: u64) -> Place {
        match then {
            Data::Checked(length) => {
                Place::Data { left: length, start, length, checksum: Hasher::new() }
            }
            Data::Passed(left) => Place::Passed { left, then: Data::None },
            Data::None => Place::Header(Vec::new()),
        }
    }
}

/// What follows the signature of a header: the length of its names, and its data; none if it cannot be known where the data
/// ends.
fn names_and_data(header: &mut LittleEndian<'_>) -> Option<(u64, Data)> {
    let _version = header.u16()?;
    let flags = header.u16()?;
    let method = header.u16()?;
    header.bytes(8)?;
    let (compressed, _expanded) = (header.u32()?, header.u32()?);
    let names = u64::from(header.u16()?) + u64::from(header.u16()?);
    if flags & STREAMED != 0 || compressed == ELSEWHERE {
        return None;
    }
    let length = u64::from(compressed);
    let data = match (method, length) {
        (_, 0) => Data::None,
        (STORED, _) => Data::Checked(length),
        _ => Data::Passed(length),
    };
    // An entry has a name; without one the place would not end.
    (names > 0).then_some((names, data))
}

impl Checksums {
    /// Whether the data of an entry was checked: it is stored, from where its header ends, with this length and this
    /// checksum.
    pub(super) fn have(&self, entry: &Entry<'_>) -> bool {
        let place = self.0.binary_search_by_key(&entry.data_start(), |found| found.start);
        let found = place.ok().and_then(|place| self.0.get(place));
        !entry.is_deflated()
            && found.is_some_and(|found| {
                (found.length, found.length, found.checksum)
                    == (entry.compressed, entry.expanded, entry.checksum)
            })
    }
}

#[cfg(test)]
mod tests {
    mod random;

    use std::io::{Cursor, Read, Seek, SeekFrom, Write as _};

    use super::super::{BundleLimits, read_arrived, read_bundle};
    use super::*;

    const BIG: usize = 300_000;

    fn zipped(method: zip::CompressionMethod) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        zip.start_file("export-manifest.json", options).unwrap();
        zip.write_all(br#"{"projectKey": "CHURN", "bundleId": "v1"}"#).unwrap();
        for name in ["a.bin", "empty", "b.bin"] {
            zip.start_file(name, options).unwrap();
            let length = if name == "empty" { 0 } else { BIG as u32 };
            let bytes = (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8);
            zip.write_all(&bytes.collect::<Vec<_>>()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn stored() -> Vec<u8> {
        zipped(zip::CompressionMethod::Stored)
    }

    fn arrived(archive: &[u8], size: usize) -> ArrivingData {
        let mut data = ArrivingData::new();
        archive.chunks(size).for_each(|piece| data.take(piece));
        data
    }

    /// Counts what is read of an archive.
    struct Counted(Cursor<Vec<u8>>, usize);

    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let read = self.0.read(buffer)?;
            self.1 += read;
            Ok(read)
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn stored_data_is_checked_on_its_way_and_not_read_again() {
        // R16
        let archive = stored();
        for size in [1, 7, 4096, archive.len()] {
            let data = arrived(&archive, size);
            assert!(data.is_checked());
            let found = data.finish();
            assert_eq!(found.0.len(), 3);
            let mut reader = Counted(Cursor::new(archive.clone()), 0);
            let contents = read_arrived(&mut reader, &BundleLimits::default(), &found).unwrap();
            assert_eq!(
                contents,
                read_bundle(Cursor::new(&archive), &BundleLimits::default()).unwrap()
            );
            assert!(reader.1 < BIG, "{}", reader.1);
        }
    }

    #[test]
    fn data_that_is_not_what_the_directory_says_is_found_as_without_that() {
        // R16: bytes of all headers, of the data and of the directory are changed.
        let archive = stored();
        let limits = BundleLimits::default();
        let places = (0..archive.len()).filter(|at| at % 30_001 < 40 || *at > archive.len() - 400);
        for at in places {
            let mut changed = archive.clone();
            changed[at] ^= 0x41;
            let found = arrived(&changed, 5000).finish();
            let with = read_arrived(Cursor::new(&changed), &limits, &found);
            let without = read_bundle(Cursor::new(&changed), &limits);
            let text = |result: Result<_, super::super::BundleError>| {
                result.map_err(|error| error.to_string())
            };
            assert_eq!(text(with), text(without), "{at}");
        }
    }

    #[test]
    fn checksums_of_other_bytes_do_not_count() {
        let archive = stored();
        let mut changed = archive.clone();
        changed[BIG / 2] ^= 1;
        // They are not those of the directory, so the data is read.
        let found = arrived(&changed, 5000).finish();
        assert!(read_arrived(Cursor::new(&archive), &BundleLimits::default(), &found).is_ok());
        let other = Checksums(vec![Checksum { start: 71, length: 5, checksum: 0 }]);
        let read = |archive: &[u8], found| {
            read_arrived(Cursor::new(archive.to_vec()), &BundleLimits::default(), found)
        };
        assert!(read(&archive, &other).is_ok());
        assert!(read(&changed, &other).is_err());
    }

    #[test]
    fn what_is_compressed_is_left_to_the_reader() {
        let archive = zipped(zip::CompressionMethod::Deflated);
        let data = arrived(&archive, 100);
        assert!(!data.is_checked());
        let found = data.finish();
        assert!(read_arrived(Cursor::new(&archive), &BundleLimits::default(), &found).is_ok());
        assert!(!ArrivingData::unchecked().is_checked());
        // No archive at all.
        assert!(!arrived(&[7; 1000], 100).is_checked());
    }
}
