//! Very many entries: real ones, only counted ones, and uncounted ones.

use crate::case::{Case, READ, data, manifest};
use crate::craft::{CraftedEntry, write_central, write_end, write_local, write_wide_end};

const MILLION: usize = 1_000_000;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::lazy("a million", "over-limit", || archive(MILLION, MILLION, 6)),
        Case::lazy("a million that say a hundred thousand", "over-limit", || {
            archive(MILLION, 100_000, 6)
        }),
        Case::lazy("a million that say one", "over-limit", || archive(MILLION, 1, 6)),
        Case::lazy("a million that say none", "over-limit", || archive(MILLION, 0, 6)),
        Case::lazy("two that say a million", "over-limit", || archive(1, MILLION, 6)),
        Case::lazy("two that say a hundred thousand", "contradiction", || archive(1, 99_999, 6)),
        Case::lazy("two hundred thousand that say one", "contradiction", || archive(200_000, 1, 6)),
        Case::lazy("a hundred thousand and one", "over-limit", || archive(100_001, 100_001, 6)),
        Case::lazy("a hundred thousand", READ, || archive(99_999, 99_999, 6)),
        Case::lazy("a hundred thousand with long names", READ, || archive(99_999, 99_999, 110)),
        Case::lazy("a hundred thousand with longer names", "over-limit", || {
            archive(99_999, 99_999, 130)
        }),
        Case::lazy("fifteen thousand with the longest names", READ, || {
            archive(15_000, 15_000, 1_000)
        }),
        Case::lazy("a million of one name", "over-limit", || archive(MILLION, MILLION, 0)),
        Case::lazy("fifty thousand of one name", "colliding-names", || archive(50_000, 50_000, 0)),
        Case::lazy("a million headers in the data of one", READ, || {
            let mut header = Vec::new();
            write_local(&mut header, &data());
            let content = header.repeat(MILLION / 20);
            crate::case::bundle_with([CraftedEntry::file("data", content)]).build()
        }),
    ]
}

/// A manifest and empty files with numbers of this many digits as names; the end record may state
/// another number of files.
fn archive(files: usize, stated: usize, digits: usize) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    let manifest = manifest();
    write_local(&mut archive, &manifest);
    archive.extend_from_slice(&manifest.data);
    write_central(&mut directory, &manifest, 0);
    for number in 0..files {
        let name = if digits == 0 { "same".to_owned() } else { format!("{number:0digits$}") };
        let entry = CraftedEntry::file(name, "");
        write_central(&mut directory, &entry, u32::try_from(archive.len()).unwrap());
        write_local(&mut archive, &entry);
    }
    let start = archive.len() as u64;
    archive.append(&mut directory);
    let size = archive.len() - usize::try_from(start).unwrap();
    // The manifest is one of them.
    write_wide_end(&mut archive, stated + 1, start, size, |_| {});
    write_end(&mut archive, stated + 1, start, size, |_| {});
    archive
}
