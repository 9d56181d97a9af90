//! Entries that share bytes: the cheapest bombs, and data that different readers see differently.

use crate::case::{Case, MANIFEST, data, deflated, manifest};
use crate::craft::{Crafted, CraftedEntry, checksum, write_central, write_end, write_local};

pub(super) fn cases() -> Vec<Case> {
    let at_start = |name: &str| CraftedEntry::file(name, "x").with(|it| it.header_start = Some(0));
    let over = data().headers(|it| (it.compressed, it.expanded) = (400, 400));
    let long =
        |length| manifest().headers(move |it| (it.compressed, it.expanded) = (length, length));
    let next = CraftedEntry::file("data", "x".repeat(60));
    vec![
        Case::entry("one header twice", "overlap", at_start("data")),
        Case::entry("the manifest once more", "overlap", {
            CraftedEntry::file("copy.json", "x").with(|it| it.header_start = Some(4))
        }),
        Case::entry("an entry over the directory", "overlap", over.clone()),
        Case::crafted("the only entry over the directory", "overlap", Crafted::new([long(200)])),
        Case::crafted("an entry over the next", "overlap", Crafted::new([long(60), next.clone()])),
        Case::crafted("an entry over all others", "overlap", {
            Crafted::new([long(120), next, CraftedEntry::file("third", "x")])
        }),
        Case::crafted("ten thousand entries over one", "overlap", one_kernel(10_000)),
        Case::crafted("two entries over one", "overlap", one_kernel(2)),
        Case::lazy("an entry in the data of another", "overlap", || nested("inner")),
        Case::lazy("a manifest in the data of another", "overlap", || {
            nested("export-manifest.json")
        }),
        Case::lazy("headers quoted by stored blocks", "overlap", quoted),
    ]
}

/// All entries of the directory refer to one header with a well compressed text.
fn one_kernel(entries: usize) -> Crafted {
    let text = vec![b' '; 100_000];
    let packed = deflated(&text);
    let length = u32::try_from(packed.len()).unwrap();
    let kernel = |index: usize| {
        let mut entry = CraftedEntry::file(format!("data-{index:05}"), "").headers(|it| {
            (it.method, it.checksum) = (8, checksum(&text[..1]));
            (it.compressed, it.expanded) = (length, 100_000);
        });
        if index == 0 {
            entry.data.clone_from(&packed);
        }
        entry
    };
    let mut archive = Crafted::new([manifest()].into_iter().chain((0..entries).map(kernel)));
    let start = u32::try_from(Crafted::new([manifest()]).build().len()).unwrap();
    let directory = u32::try_from(46 + "export-manifest.json".len() + 22).unwrap();
    for entry in &mut archive.entries[1..] {
        entry.header_start = Some(start - directory);
    }
    archive
}

/// An entry whose header and data are the data of another.
fn nested(name: &str) -> Vec<u8> {
    let inner = CraftedEntry::file(name, MANIFEST);
    let mut bytes = Vec::new();
    write_local(&mut bytes, &inner);
    bytes.extend_from_slice(&inner.data);
    let outer = CraftedEntry::file("outer", &bytes);
    let first = CraftedEntry::file("first", "x");
    let before = Crafted::new([first.clone(), outer.clone()]).build();
    let directory = before.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    let start = u32::try_from(directory - bytes.len()).unwrap();
    let inner = inner.with(|it| it.header_start = Some(start));
    // Only its entry in the directory: its bytes exist already.
    let mut archive = Crafted::new([first, outer]).build();
    let end = archive.split_off(directory);
    let with_inner = Crafted::new([inner.clone()]).build();
    let header = with_inner.windows(4).position(|it| it == b"PK\x01\x02").unwrap();
    let header = &with_inner[header..with_inner.len() - 22];
    archive.extend_from_slice(&end[..end.len() - 22]);
    archive.extend_from_slice(header);
    let size = end.len() - 22 + header.len();
    write_end(&mut archive, 3, directory as u64, size, |_| {});
    archive
}

/// Each entry contains the header of the next one as a stored block and continues with its data, so
/// that all of them expand the same text.
fn quoted() -> Vec<u8> {
    const ENTRIES: usize = 20;
    let kernel = deflated(&vec![b' '; 100_000]);
    let mut tail = Vec::new();
    let mut starts = Vec::new();
    let mut entries = Vec::new();
    for index in (0..ENTRIES).rev() {
        let mut packed = Vec::new();
        if index + 1 < ENTRIES {
            // The header of the next entry is at the start of the existing bytes.
            let next: &CraftedEntry = entries.last().unwrap();
            let length = u16::try_from(30 + next.local.name.len()).unwrap();
            packed.push(0);
            packed.extend_from_slice(&length.to_le_bytes());
            packed.extend_from_slice(&(!length).to_le_bytes());
        }
        let compressed = if index + 1 < ENTRIES { packed.len() + tail.len() } else { kernel.len() };
        let entry = CraftedEntry::file(format!("data-{index:02}"), "").headers(|it| {
            it.method = 8;
            it.compressed = u32::try_from(compressed).unwrap();
            it.expanded = 100_000 + u32::try_from((ENTRIES - index) * 37).unwrap();
        });
        let mut bytes = Vec::new();
        write_local(&mut bytes, &entry);
        bytes.extend_from_slice(&packed);
        bytes.extend_from_slice(if tail.is_empty() { &kernel } else { &tail });
        starts.push(bytes.len());
        tail = bytes;
        entries.push(entry);
    }
    let whole = tail.len();
    entries.reverse();
    starts.reverse();
    // The bytes of all entries are before the manifest; the directory has the start of each.
    let first = manifest().with(|it| it.before.clone_from(&tail));
    let mut archive = Crafted::new([first]).build();
    let directory = archive.windows(4).rposition(|it| it == b"PK\x01\x02").unwrap();
    archive.truncate(archive.len() - 22);
    for (entry, length) in entries.iter().zip(&starts) {
        let start = u32::try_from(whole - length).unwrap();
        write_central(&mut archive, entry, start);
    }
    let size = archive.len() - directory;
    write_end(&mut archive, ENTRIES + 1, directory as u64, size, |_| {});
    archive
}
