//! R16: size alone. Limits are checked before the limited data is read.

use super::craft::{wide, write_central, write_end, write_local, write_wide_end};
use super::sparse::Sparse;
use super::*;

#[track_caller]
fn assert_over_limit(case: &str, archive: &[u8], limits: &BundleLimits, expected: LimitedBy) {
    match read_bundle(Cursor::new(archive), limits) {
        Err(BundleError::OverLimit { by, found, allowed, .. }) => {
            assert!(by == expected && found > allowed, "{case}: {by:?} {found} {allowed}");
        }
        other => panic!("{case}: {other:?}"),
    }
}

#[test]
fn a_million_entries_are_refused_by_their_count() {
    let mut header = Vec::new();
    write_central(&mut header, &CraftedEntry::file("x", ""), 0);
    let directory = header.repeat(1_000_000);
    let mut tail = directory.clone();
    let start = 4;
    write_wide_end(&mut tail, 1_000_000, start, directory.len(), |_| {});
    write_end(&mut tail, 1_000_000, start, directory.len(), |_| {});
    let mut archive = Sparse { head: b"PK\x03\x04".to_vec(), zeros: 0, tail, at: 0, taken: 0 };
    let error = read_bundle(&mut archive, &BundleLimits::default()).unwrap_err();
    assert_eq!(kind(&error), "over-limit", "{error}");
    assert!(archive.taken < 70_000, "{} bytes were read", archive.taken);
    // A directory that hides them from the count is refused too.
    let mut archive = b"PK\x03\x04".to_vec();
    archive.extend_from_slice(&header.repeat(300_000));
    write_end(&mut archive, 1, start, header.len() * 300_000, |_| {});
    assert_refused("one entry by count", &archive, "contradiction");
}

#[test]
fn every_limit_refuses_what_goes_one_beyond_it() {
    let text = r#"{"connections": ["a", "b"], "projectKey": "CHURN", "bundleId": "v1"}"#;
    let other = ("project_config/params.json", "{}");
    let archive = bundle_of([("export-manifest.json", text), other]);
    let sound = BundleLimits {
        max_archive_bytes: archive.len() as u64,
        max_entries: 2,
        max_directory_bytes: 2 * 46 + 20 + 26,
        max_name_bytes: 26,
        max_expansion_ratio: 1,
        max_expanded_bytes: text.len() as u64 + 2,
        max_archive_ratio: 1,
        max_document_bytes: text.len() as u64,
        max_read_bytes: text.len() as u64 + 2,
        max_values: 15,
        max_listed: 2,
        max_listed_bytes: 2 * 97,
    };
    assert!(read_bundle(Cursor::new(&archive), &sound).is_ok());
    type Lower = fn(&mut BundleLimits);
    let lowered: [(Lower, LimitedBy); 10] = [
        (|it| it.max_archive_bytes -= 1, LimitedBy::ArchiveBytes),
        (|it| it.max_entries -= 1, LimitedBy::Entries),
        (|it| it.max_directory_bytes -= 1, LimitedBy::DirectoryBytes),
        (|it| it.max_name_bytes -= 1, LimitedBy::NameBytes),
        (|it| it.max_expanded_bytes -= 1, LimitedBy::ExpandedBytes),
        (|it| it.max_document_bytes -= 1, LimitedBy::DocumentBytes),
        (|it| it.max_read_bytes -= 1, LimitedBy::ReadBytes),
        (|it| it.max_values -= 1, LimitedBy::Values),
        (|it| it.max_listed -= 1, LimitedBy::Listed),
        (|it| it.max_listed_bytes -= 1, LimitedBy::ListedBytes),
    ];
    for (lower, by) in lowered {
        let mut limits = sound.clone();
        lower(&mut limits);
        assert_over_limit(&format!("{by:?}"), &archive, &limits, by);
    }
}

#[test]
fn local_headers_that_outweigh_the_directory_are_refused() {
    let padded = CraftedEntry::file("data", "")
        .with(|it| it.local.extra = craft::extra(0x9999, &[0; 5_000]));
    let limits = BundleLimits { max_directory_bytes: 4_000, ..BundleLimits::default() };
    let archive = bundle_with(padded).build();
    assert_over_limit("padding", &archive, &limits, LimitedBy::DirectoryBytes);
}

#[test]
fn a_name_longer_than_the_limit_is_refused() {
    let limits = BundleLimits::default();
    let fits = bundle_with(CraftedEntry::file("x".repeat(1024), "")).build();
    assert!(read_bundle(Cursor::new(&fits), &limits).is_ok());
    for length in [1025, 65_535] {
        let archive = bundle_with(CraftedEntry::file("x".repeat(length), "")).build();
        assert_over_limit("a name", &archive, &limits, LimitedBy::NameBytes);
    }
}

#[test]
fn small_text_that_makes_large_values_is_refused() {
    // The text is small enough to be read, but its values would take a hundred times its size.
    let many = format!("{{\"x\": [{}0]}}", "0,".repeat(300_000));
    let documents = [("export-manifest.json", MANIFEST), ("project_config/params.json", &many)];
    let archive = bundle_of(documents);
    let limits = BundleLimits::default();
    assert_over_limit("values", &archive, &limits, LimitedBy::Values);
    // The same characters in a text are one value.
    let text = format!("{{\"x\": \"{}\\\",\"}}", ",[{".repeat(100_000));
    let documents = [("export-manifest.json", MANIFEST), ("project_config/params.json", &text)];
    assert!(read(&bundle_of(documents)).is_ok());
}

#[test]
fn a_hundred_thousand_entries_are_read() {
    let entries = (0..99_999).map(|index| {
        CraftedEntry::file(format!("data/managed_folder/part-{index:06}.parquet"), "")
    });
    let archive = Crafted::new([manifest()].into_iter().chain(entries)).wide_end(|_| {}).build();
    assert_eq!(read(&archive).unwrap().project_key.as_str(), "CHURN");
}

fn checksum_of_zeros(count: u64) -> u32 {
    let mut piece = flate2::Crc::new();
    piece.update(&[0; 1 << 16]);
    let mut whole = flate2::Crc::new();
    (0..count >> 16).for_each(|_| whole.combine(&piece));
    whole.sum()
}

/// A bundle with five gigabytes of data before its manifest.
fn five_gigabytes() -> Sparse {
    const ZEROS: u64 = 5 << 30;
    let field = wide(&[ZEROS, ZEROS]);
    let checksum = checksum_of_zeros(ZEROS);
    let data = CraftedEntry::file("data/model.bin", "").headers(|header| {
        header.checksum = checksum;
        (header.compressed, header.expanded) = (u32::MAX, u32::MAX);
        header.extra.clone_from(&field);
    });
    let mut head = Vec::new();
    write_local(&mut head, &data);
    let manifest_start = head.len() as u64 + ZEROS;
    let manifest = manifest().with(|it| it.central.extra = wide(&[manifest_start]));
    let mut tail = Vec::new();
    write_local(&mut tail, &manifest);
    tail.extend_from_slice(&manifest.data);
    let start = manifest_start + tail.len() as u64;
    let before = tail.len();
    write_central(&mut tail, &data, 0);
    write_central(&mut tail, &manifest, u32::MAX);
    let size = tail.len() - before;
    write_wide_end(&mut tail, 2, start, size, |_| {});
    write_end(&mut tail, 2, start, size, |_| {});
    Sparse { head, zeros: ZEROS, tail, at: 0, taken: 0 }
}

#[test]
fn of_a_large_bundle_every_byte_is_read_once() {
    let mut archive = five_gigabytes();
    let contents = read_bundle(&mut archive, &BundleLimits::default()).unwrap();
    assert_eq!(contents.project_key.as_str(), "CHURN");
    let beside = archive.taken - archive.zeros;
    assert!(beside < 400_000, "{beside} bytes were read beside its data");
}

#[test]
fn what_an_archive_may_become_is_limited_before_it_is_expanded() {
    let limits = BundleLimits::default();
    let becomes = |bytes: u64| {
        let field = wide(&[bytes]);
        let entry = CraftedEntry::file("data", "four").headers(move |it| {
            it.method = 8;
            it.expanded = u32::MAX;
            it.extra.clone_from(&field);
        });
        bundle_with(entry).build()
    };
    assert_over_limit("a bomb", &becomes(1 << 30), &limits, LimitedBy::ArchiveRatio);
    assert_over_limit("everything", &becomes(65 << 30), &limits, LimitedBy::ExpandedBytes);
    assert_refused("a gigabyte out of four bytes", &becomes(1 << 29), "damaged");
}
