use std::io::{BufReader, Read, Seek, SeekFrom};

use bumpalo::Bump;

use super::ending::Ending;
use super::entry::{Entry, Header};
use super::error::{BundleError, LimitedBy};
use super::limits::BundleLimits;
use super::notes::Notes;
use super::walk::with_next;

/// The number of bytes that are read at a time.
const READ_AHEAD: usize = 64 * 1024;

/// The number of entries for which memory is taken before they are read. An end record may state more than there are.
const FIRST: usize = 100_000;

/// Reads the directory header by header and checks each. The number of headers must be that of the
/// end record. Their names are put into `names`: one by one, they would cost as much as the rest of a header.
pub(super) fn read<'a, R: Read + Seek>(
    archive: &mut R,
    ending: &Ending,
    limits: &BundleLimits,
    notes: &mut Notes,
    names: &'a Bump,
) -> Result<Vec<Entry<'a>>, BundleError> {
    archive.seek(SeekFrom::Start(ending.directory_start))?;
    let mut directory = BufReader::with_capacity(READ_AHEAD, archive.take(ending.directory_size));
    let mut entries =
        Vec::with_capacity(usize::try_from(ending.entries).map_or(FIRST, |all| all.min(FIRST)));
    let mut buffer = Vec::new();
    for _ in 0..ending.entries {
        entries.push(read_entry(&mut directory, &mut buffer, limits, notes, names)?);
    }
    if directory.read(&mut [0])? > 0 {
        return Err(BundleError::contradiction(
            "its directory has more entries than its end record states",
        ));
    }
    Ok(entries)
}

fn read_entry<'a, R: Read>(
    directory: &mut BufReader<R>,
    buffer: &mut Vec<u8>,
    limits: &BundleLimits,
    notes: &mut Notes,
    names: &'a Bump,
) -> Result<Entry<'a>, BundleError> {
    let cut = |error: std::io::Error| match BundleError::from_reading(error) {
        BundleError::Truncated => BundleError::contradiction("its directory ends within an entry"),
        other => other,
    };
    let no_header = || BundleError::contradiction("its directory contains something else");
    let header = with_next(directory, Header::LENGTH, buffer, Header::read).map_err(cut)?;
    let header = header.ok_or_else(no_header)?;
    let name_length = usize::from(header.name_length);
    let (found, allowed) = (name_length as u64, limits.max_name_bytes as u64);
    BundleError::check_limit(LimitedBy::NameBytes, found, allowed, None)?;
    with_next(directory, header.variable_length(), buffer, |bytes| {
        let (name, rest) = bytes.split_at(name_length);
        let (extra, comment) = rest.split_at(header.extra_length.into());
        header.entry(name, extra, comment, notes, names)
    })
    .map_err(cut)?
}
