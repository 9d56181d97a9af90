use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use zip::ZipArchive;
use zip::read::read_zipfile_from_stream;

use super::read;

/// An archive that is taken means the same to readers that begin at its end and to those that begin at
/// its start, and is no archive any more when its last byte is missing, unless that is padding, or one
/// more follows (R16).
pub fn bundle_reader(bytes: &[u8]) {
    let Ok(contents) = read(bytes) else { return };
    assert_eq!(read(bytes).unwrap(), contents);
    if let Ok(shorter) = read(&bytes[..bytes.len() - 1]) {
        assert_eq!((shorter, bytes.last()), (contents, Some(&0)));
    }
    assert!(read(&[bytes, b"x"].concat()).is_err());
    let listed = listed(bytes);
    assert!(listed.keys().all(|name| is_harmless(name)), "{listed:?}");
    if let Some(streamed) = streamed(bytes) {
        assert_eq!(streamed, listed);
    }
}

fn is_harmless(name: &str) -> bool {
    if name == "./" {
        return true;
    }
    let name = name.strip_prefix("./").unwrap_or(name);
    let parts = name.strip_suffix('/').unwrap_or(name).split('/');
    parts.into_iter().all(|part| !matches!(part, "" | "." | ".."))
        && !name.contains(['\\', '\0'])
        && name.as_bytes().get(1) != Some(&b':')
}

/// Names and checksums as the directory tells them.
fn listed(bytes: &[u8]) -> BTreeMap<String, (u64, u32)> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let count = zip.len();
    let mut entry = |index| {
        let file = zip.by_index_raw(index).unwrap();
        (String::from_utf8(file.name_raw().to_vec()).unwrap(), (file.size(), file.crc32()))
    };
    (0..count).map(&mut entry).collect()
}

/// The same as the headers before the entries tell it; none where those leave it to what follows, or
/// where an entry cannot be expanded.
fn streamed(bytes: &[u8]) -> Option<BTreeMap<String, (u64, u32)>> {
    const STREAMED: u8 = 1 << 3;
    let mut found = BTreeMap::new();
    let mut rest = Cursor::new(bytes);
    loop {
        let at = usize::try_from(rest.position()).ok()?;
        if bytes.get(at + 6).is_some_and(|flags| flags & STREAMED != 0) {
            return None;
        }
        let mut file = match read_zipfile_from_stream(&mut rest) {
            Ok(Some(file)) => file,
            Ok(None) => return Some(found),
            Err(_) => return None,
        };
        let entry =
            (String::from_utf8(file.name_raw().to_vec()).ok()?, (file.size(), file.crc32()));
        let mut piece = [0; 4096];
        while file.read(&mut piece).ok()? > 0 {}
        found.insert(entry.0, entry.1);
    }
}
