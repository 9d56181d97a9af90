//! Wrong 64-bit values, in the end record and in entries.

use crate::case::{Case, READ, bundle_with, data};
use crate::craft::{Crafted, CraftedEntry, WideEnd, wide};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = ends();
    cases.extend(entries());
    cases
}

fn marked() -> Crafted {
    bundle_with([data()]).end(|end| end.entries = [u16::MAX; 2])
}

fn ended(name: &str, expected: &'static str, change: fn(&mut WideEnd)) -> Case {
    Case::crafted(name, expected, marked().wide_end(change))
}

fn ends() -> Vec<Case> {
    let huge = bundle_with([data()]).end(|end| end.size = u32::MAX);
    let far = bundle_with([data()]).end(|end| end.start = u32::MAX);
    vec![
        ended("a record that is true", READ, |_| {}),
        Case::crafted("a record that nothing refers to", READ, {
            bundle_with([data()]).wide_end(|_| {})
        }),
        Case::crafted("a record that says something else", "contradiction", {
            bundle_with([data()]).wide_end(|end| end.entries = [3, 3])
        }),
        ended("one entry too few", "contradiction", |end| end.entries = [1, 1]),
        ended("one entry too many", "contradiction", |end| end.entries = [3, 3]),
        ended("two counts", "contradiction", |end| end.entries = [1, 2]),
        ended("a million entries", "over-limit", |end| end.entries = [1_000_000; 2]),
        ended("2^32 entries", "over-limit", |end| end.entries = [1 << 32; 2]),
        ended("all entries that there can be", "over-limit", |end| end.entries = [u64::MAX; 2]),
        ended("entries whose headers overflow", "over-limit", |end| end.entries = [1 << 59; 2]),
        ended("another size", "contradiction", |end| end.size += 1),
        ended("no size", "contradiction", |end| end.size = 0),
        ended("a start at the end of all", "contradiction", |end| end.start = u64::MAX),
        ended("another length", "contradiction", |end| end.length = 45),
        ended("no length", "contradiction", |end| end.length = 0),
        ended("a length that overflows", "contradiction", |end| end.length = u64::MAX),
        ended("a record one byte earlier", "contradiction", |end| end.record_start -= 1),
        ended("a record at the start", "contradiction", |end| end.record_start = 0),
        ended("a record at the end of all", "contradiction", |end| end.record_start = u64::MAX),
        ended("a record on another volume", "unsupported", |end| end.volumes = [1, 0]),
        ended("a directory on another volume", "unsupported", |end| end.volumes = [0, 1]),
        ended("a locator for another volume", "unsupported", |end| end.locator_volumes = [1, 1]),
        ended("two volumes", "unsupported", |end| end.locator_volumes = [0, 2]),
        ended("all volumes that there can be", "unsupported", |end| {
            end.locator_volumes = [u32::MAX; 2];
        }),
        Case::crafted("a directory of 2^64 bytes", "over-limit", {
            huge.wide_end(|end| end.size = u64::MAX)
        }),
        Case::crafted("a directory 2^63 bytes away", "contradiction", {
            far.wide_end(|end| end.start = 1 << 63)
        }),
    ]
}

fn wide_entry(numbers: &[u64]) -> CraftedEntry {
    let field = wide(numbers);
    data().headers(|header| {
        (header.compressed, header.expanded) = (u32::MAX, u32::MAX);
        header.extra.clone_from(&field);
    })
}

fn entries() -> Vec<Case> {
    let local_only = data().with(|it| {
        (it.local.compressed, it.local.expanded) = (u32::MAX, u32::MAX);
        it.local.extra = wide(&[1 << 40, 4]);
    });
    let far = data().with(|it| {
        it.header_start = Some(u32::MAX);
        it.central.extra = wide(&[u64::MAX]);
    });
    vec![
        Case::entry("numbers that are true", READ, wide_entry(&[4, 4])),
        Case::entry("a mark without a field", "contradiction", {
            data().headers(|it| it.expanded = u32::MAX)
        }),
        Case::entry("no numbers", "contradiction", wide_entry(&[])),
        Case::entry("one number", "contradiction", wide_entry(&[4])),
        Case::entry("two sizes of what is stored", "contradiction", wide_entry(&[5, 4])),
        Case::entry("four numbers", "contradiction", wide_entry(&[4, 4, 0, 0])),
        Case::entry("2^64 bytes", "overlap", wide_entry(&[u64::MAX, u64::MAX])),
        Case::entry("2^63 bytes", "overlap", wide_entry(&[1 << 63, 1 << 63])),
        Case::entry("five gigabytes", "overlap", wide_entry(&[5 << 30, 5 << 30])),
        Case::entry("five gigabytes out of four bytes", "over-limit", {
            wide_entry(&[5 << 30, 4]).headers(|it| it.method = 8)
        }),
        Case::entry("an unexpected length", "contradiction", data().extra(1, &[0; 7])),
        Case::entry("two fields", "contradiction", data().extra(1, &[]).extra(1, &[0; 8])),
        Case::entry("other sizes than stated", "contradiction", {
            data().with(|it| it.central.extra = wide(&[400, 400]))
        }),
        Case::entry("sizes of its own before the data", "contradiction", local_only),
        Case::entry("a place at the end of all", "hidden-data", far),
    ]
}
