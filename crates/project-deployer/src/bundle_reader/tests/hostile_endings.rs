//! R16: wrong end records, directories and 64-bit sizes, and bytes that belong to no entry.

use super::craft::wide;
use super::*;

fn data() -> CraftedEntry {
    CraftedEntry::file("data", "four")
}

#[test]
fn an_archive_that_is_cut_off_is_refused() {
    let endless = [b"PK\x03\x04".as_slice(), &[0; 200_000]].concat();
    for (case, archive) in [("one letter", b"P".as_slice()), ("no end", &endless)] {
        assert_refused(case, archive, "truncated");
    }
    let comment = bundle_with(data()).end(|end| end.comment_length = 1);
    assert_refused("a comment that is missing", &comment.build(), "truncated");
}

#[test]
fn bytes_that_belong_to_no_entry_are_refused() {
    let sound = || bundle_with(data());
    let hidden = || CraftedEntry::file("hidden", "x");
    let mut stray = Vec::new();
    craft::write_local(&mut stray, &hidden());
    let cases = [
        ("after the end", sound().with(|it| it.trailing = vec![0, 1])),
        ("zeros after wide records", sound().wide_end(|_| {}).with(|it| it.trailing = vec![0])),
        ("a second zip after the end", sound().with(|it| it.trailing = b"PK\x03\x04".to_vec())),
        ("after a comment", sound().with(|it| it.trailing = vec![b'x'; 60_000])),
        ("before the directory", sound().with(|it| it.before_directory = b"hidden".to_vec())),
        (
            "an entry that the directory leaves out",
            sound().with(|it| it.before_directory = stray.clone()),
        ),
        ("after the directory", sound().with(|it| it.after_directory = b"hidden".to_vec())),
        ("between entries", bundle_with(data().with(|it| it.before = b"gap".to_vec()))),
        ("an entry between entries", bundle_with(data().with(|it| it.before = stray.clone()))),
        ("a descriptor of nothing", bundle_with(data().with(|it| it.after = vec![0; 16]))),
        (
            "an entry before the first",
            Crafted::new([manifest().with(|it| it.before = stray.clone()), data()]),
        ),
        (
            "too much after a streamed entry",
            bundle_with(data().headers(|it| it.flags = 8).with(|it| it.after = vec![0; 17])),
        ),
    ];
    for (case, crafted) in cases {
        assert_refused(case, &crafted.build(), "hidden-data");
    }
}

#[test]
fn an_ending_that_lies_is_refused() {
    let sound = || bundle_with(data());
    let cases = [
        ("one entry too few", sound().end(|end| end.entries = [1, 1]), "contradiction"),
        ("no entry", sound().end(|end| end.entries = [0, 0]), "contradiction"),
        ("one entry too many", sound().end(|end| end.entries = [3, 3]), "contradiction"),
        ("many entries too many", sound().end(|end| end.entries = [60_000; 2]), "contradiction"),
        ("two counts", sound().end(|end| end.entries = [2, 1]), "contradiction"),
        ("a directory that is larger", sound().end(|end| end.size += 1), "contradiction"),
        ("a directory that is smaller", sound().end(|end| end.size -= 1), "hidden-data"),
        ("a directory of nothing", sound().end(|end| end.size = 0), "contradiction"),
        ("a huge directory", sound().end(|end| end.size = u32::MAX - 1), "over-limit"),
        ("a directory elsewhere", sound().end(|end| end.start -= 1), "hidden-data"),
        ("a directory beyond the end", sound().end(|end| end.start = 0x7fff_ffff), "contradiction"),
        ("another volume", sound().end(|end| end.volumes = [1, 0]), "unsupported"),
        ("a directory on another volume", sound().end(|end| end.volumes = [0, 1]), "unsupported"),
        ("a mark without zip64", sound().end(|end| end.entries = [u16::MAX; 2]), "contradiction"),
        ("a size mark without zip64", sound().end(|end| end.size = u32::MAX), "contradiction"),
        ("a start mark without zip64", sound().end(|end| end.start = u32::MAX), "contradiction"),
        (
            "an end in its own comment",
            sound().end(|end| {
                end.comment = b"PK\x05\x06-------".to_vec();
                end.comment_length = 11;
            }),
            "truncated",
        ),
        (
            "another end in its own comment",
            sound().end(|end| {
                end.comment = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
                end.comment_length = 22;
            }),
            "hidden-data",
        ),
    ];
    for (case, crafted, expected) in cases {
        assert_refused(case, &crafted.build(), expected);
    }
}

#[test]
fn a_zip64_ending_that_lies_is_refused() {
    let marked = || bundle_with(data()).end(|end| end.entries = [u16::MAX; 2]);
    let cases = [
        (
            "another count",
            bundle_with(data()).wide_end(|end| end.entries = [3, 3]),
            "contradiction",
        ),
        ("one too few", marked().wide_end(|end| end.entries = [1, 1]), "contradiction"),
        ("one too many", marked().wide_end(|end| end.entries = [3, 3]), "contradiction"),
        ("two counts", marked().wide_end(|end| end.entries = [1, 2]), "contradiction"),
        (
            "all that there can be",
            marked().wide_end(|end| end.entries = [u64::MAX; 2]),
            "over-limit",
        ),
        ("a million", marked().wide_end(|end| end.entries = [1_000_000; 2]), "over-limit"),
        ("another size", marked().wide_end(|end| end.size += 1), "contradiction"),
        ("another start", marked().wide_end(|end| end.start = u64::MAX), "contradiction"),
        ("another length", marked().wide_end(|end| end.length = 45), "contradiction"),
        ("no length", marked().wide_end(|end| end.length = 0), "contradiction"),
        ("a record elsewhere", marked().wide_end(|end| end.record_start -= 1), "contradiction"),
        (
            "a record at the end of all",
            marked().wide_end(|end| end.record_start = u64::MAX),
            "contradiction",
        ),
        (
            "a record at the beginning",
            marked().wide_end(|end| end.record_start = 0),
            "contradiction",
        ),
        ("another volume", marked().wide_end(|end| end.volumes = [1, 0]), "unsupported"),
        (
            "a record on another volume",
            marked().wide_end(|end| end.locator_volumes = [1, 1]),
            "unsupported",
        ),
        ("two volumes", marked().wide_end(|end| end.locator_volumes = [0, 2]), "unsupported"),
    ];
    for (case, crafted, expected) in cases {
        assert_refused(case, &crafted.build(), expected);
    }
    let huge =
        bundle_with(data()).end(|end| end.size = u32::MAX).wide_end(|end| end.size = u64::MAX);
    assert_refused("a huge directory", &huge.build(), "over-limit");
}

#[test]
fn zip64_fields_that_lie_are_refused() {
    let marked = |numbers: &[u64]| {
        let field = wide(numbers);
        data().headers(|header| {
            (header.compressed, header.expanded) = (u32::MAX, u32::MAX);
            header.extra.clone_from(&field);
        })
    };
    let cases = [
        ("no field", data().headers(|it| it.expanded = u32::MAX), "contradiction"),
        ("no numbers", marked(&[]), "contradiction"),
        ("one number", marked(&[4]), "contradiction"),
        ("two sizes of what is stored", marked(&[5, 4]), "contradiction"),
        ("all bytes that there can be", marked(&[u64::MAX, u64::MAX]), "overlap"),
        ("half of all bytes", marked(&[1 << 63, 1 << 63]), "overlap"),
        ("five gigabytes", marked(&[5 << 30, 5 << 30]), "overlap"),
        ("four numbers", marked(&[4, 4, 0, 0]), "contradiction"),
        ("an unexpected length", data().extra(1, &[0; 7]), "contradiction"),
        ("two fields", data().extra(1, &[]).extra(1, &[]), "contradiction"),
        (
            "sizes that are stated already",
            data().with(|it| it.central.extra = wide(&[400, 400])),
            "contradiction",
        ),
        (
            "sizes of its own in the local header",
            data().with(|it| {
                (it.local.compressed, it.local.expanded) = (u32::MAX, u32::MAX);
                it.local.extra = wide(&[1 << 40, 4]);
            }),
            "contradiction",
        ),
        (
            "a place beyond the end",
            data().with(|it| {
                it.header_start = Some(u32::MAX);
                it.central.extra = wide(&[u64::MAX]);
            }),
            "hidden-data",
        ),
    ];
    for (case, entry, expected) in cases {
        assert_refused(case, &bundle_with(entry).build(), expected);
    }
}
