//! Headers that disagree, and sizes and checksums that are not those of the data.

use crate::case::{Case, READ, bundle_with, data, deflated_file, manifest};
use crate::craft::{Crafted, CraftedEntry};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = two_headers();
    cases.extend(two_answers());
    cases.extend(wrong_about_data());
    cases
}

fn two_headers() -> Vec<Case> {
    let cases = [
        ("another size", data().with(|it| it.local.expanded = 5)),
        ("no size", data().with(|it| it.local.expanded = 0)),
        ("another packed size", data().with(|it| it.local.compressed = 5)),
        ("no packed size", data().with(|it| it.local.compressed = 0)),
        ("another checksum", data().with(|it| it.local.checksum = 5)),
        ("no checksum", data().with(|it| it.local.checksum = 0)),
        ("another method", data().with(|it| it.local.method = 8)),
        ("another method in the directory", data().with(|it| it.central.method = 8)),
        ("encrypted before its data", data().with(|it| it.local.flags = 1)),
        ("streamed before its data", data().with(|it| it.local.flags = 8)),
        ("streamed in the directory", data().with(|it| it.central.flags = 8)),
        ("patched before its data", data().with(|it| it.local.flags = 32)),
        ("two sizes of what is stored", data().headers(|it| it.expanded = 5)),
        ("a smaller size of what is stored", data().headers(|it| it.expanded = 3)),
        ("a directory with content", CraftedEntry::file("d/", "x")),
    ];
    let case = |(name, entry)| Case::entry(name, "contradiction", entry);
    cases.into_iter().map(case).collect()
}

/// Where an entry begins and ends.
fn two_answers() -> Vec<Case> {
    let longer = data().headers(|it| (it.compressed, it.expanded) = (6, 6));
    let shorter = data().headers(|it| (it.compressed, it.expanded) = (2, 2));
    let place = |start| data().with(move |it| it.header_start = Some(start));
    vec![
        Case::entry("data that is too long", "overlap", longer),
        Case::entry("data that ends too early", "hidden-data", shorter),
        Case::entry("a header within that of another", "overlap", place(1)),
        Case::entry("a header in the directory", "hidden-data", place(100)),
        Case::entry("a header beyond the archive", "hidden-data", place(0x7fff_fff0)),
        Case::entry("a header at the last place", "hidden-data", place(u32::MAX - 1)),
        Case::entry("a size of four gigabytes", "overlap", {
            data().headers(|it| (it.compressed, it.expanded) = (u32::MAX - 1, u32::MAX - 1))
        }),
    ]
}

/// The data is damaged, whether it is read or not.
fn wrong_about_data() -> Vec<Case> {
    let text = br#"{"projectKey": "CHURN", "bundleId": "v1"}          "#;
    let packed = || deflated_file("export-manifest.json", text);
    let sized = |expanded| Crafted::new([packed().headers(move |it| it.expanded = expanded)]);
    let changed = |at: usize| Crafted::new([packed().with(|it| it.data[at] ^= 0x55)]);
    let cut = packed().with(|it| {
        it.data.truncate(20);
        (it.local.compressed, it.central.compressed) = (20, 20);
    });
    let longer = packed().with(|it| {
        it.data.extend_from_slice(b"more");
        (it.local.compressed, it.central.compressed) =
            (it.local.compressed + 4, it.central.compressed + 4);
    });
    vec![
        Case::crafted("a deflated manifest", READ, Crafted::new([packed()])),
        Case::crafted("a checksum of nothing", "damaged", {
            Crafted::new([manifest().headers(|it| it.checksum = 0)])
        }),
        Case::crafted("a checksum with one bit changed", "damaged", {
            Crafted::new([manifest().headers(|it| it.checksum ^= 1 << 31)])
        }),
        Case::crafted("a text with one letter changed", "damaged", {
            Crafted::new([manifest().with(|it| it.data[18] ^= 1)])
        }),
        Case::crafted("text that is said to be deflated", "damaged", {
            Crafted::new([manifest().headers(|it| it.method = 8)])
        }),
        Case::crafted("deflated text that is said to be stored", "damaged", {
            Crafted::new([packed().headers(|it| (it.method, it.expanded) = (0, it.compressed))])
        }),
        Case::crafted("more than is there", "damaged", sized(52)),
        Case::crafted("much more than is there", "damaged", sized(40_000)),
        Case::crafted("less than is there", "damaged", sized(41)),
        Case::crafted("nothing instead of a text", "damaged", sized(0)),
        Case::crafted("one byte instead of a text", "damaged", sized(1)),
        Case::crafted("deflated data that is changed at its start", "damaged", changed(0)),
        Case::crafted("deflated data that is changed in the middle", "damaged", changed(20)),
        Case::crafted("deflated data that is cut off", "damaged", Crafted::new([cut])),
        Case::crafted("deflated data with more after it", "hidden-data", Crafted::new([longer])),
        Case::crafted("data that is not read, with another checksum", "damaged", {
            bundle_with([data().headers(|it| it.checksum ^= 1)])
        }),
    ]
}
