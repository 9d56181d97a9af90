//! End records that are wrong, name other volumes, or are in comments.

use crate::case::{Case, READ, bundle_with, data};
use crate::craft::{Crafted, End};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = lies();
    cases.extend(volumes());
    cases.extend(comments());
    cases
}

fn ended(name: &str, expected: &'static str, change: fn(&mut End)) -> Case {
    Case::crafted(name, expected, bundle_with([data()]).end(change))
}

fn lies() -> Vec<Case> {
    vec![
        ended("one entry too few", "contradiction", |end| end.entries = [1, 1]),
        ended("no entry", "contradiction", |end| end.entries = [0, 0]),
        ended("one entry too many", "contradiction", |end| end.entries = [3, 3]),
        ended("sixty thousand entries too many", "contradiction", |end| end.entries = [60_000; 2]),
        ended("two counts", "contradiction", |end| end.entries = [2, 1]),
        ended("two counts, turned", "contradiction", |end| end.entries = [1, 2]),
        ended("a directory that is larger", "contradiction", |end| end.size += 1),
        ended("a directory that is smaller", "hidden-data", |end| end.size -= 1),
        ended("a directory of nothing", "contradiction", |end| end.size = 0),
        ended("a directory of four gigabytes", "over-limit", |end| end.size = u32::MAX - 1),
        ended("a directory one byte earlier", "hidden-data", |end| end.start -= 1),
        ended("a directory one byte later", "contradiction", |end| end.start += 1),
        ended("a directory at the start", "hidden-data", |end| end.start = 0),
        ended("a directory beyond the end", "contradiction", |end| end.start = 0x7fff_ffff),
        ended("start and size that overflow", "over-limit", |end| {
            (end.start, end.size) = (u32::MAX - 1, u32::MAX - 1);
        }),
        ended("a count that needs zip64", "contradiction", |end| end.entries = [u16::MAX; 2]),
        ended("a size that needs zip64", "contradiction", |end| end.size = u32::MAX),
        ended("a start that needs zip64", "contradiction", |end| end.start = u32::MAX),
        ended("a volume that needs zip64", "contradiction", |end| end.volumes = [u16::MAX; 2]),
        Case::crafted("nothing but an end", "no-manifest", Crafted::new([])),
        Case::crafted("nothing but an end that lies", "contradiction", {
            Crafted::new([]).end(|end| end.entries = [1, 1])
        }),
    ]
}

fn volumes() -> Vec<Case> {
    let mut cases = vec![
        ended("the second volume", "unsupported", |end| end.volumes = [1, 0]),
        ended("a directory on the second volume", "unsupported", |end| end.volumes = [0, 1]),
        ended("the last of many volumes", "unsupported", |end| end.volumes = [999, 999]),
    ];
    for volume in [1, 2, 255, 0xfffe] {
        let entry = data().with(|it| it.volume = volume);
        cases.push(Case::entry(format!("an entry on volume {volume}"), "unsupported", entry));
    }
    let spanned = [b"PK\x07\x08".as_slice(), &bundle_with([data()]).build()].concat();
    cases.push(Case::bytes("the mark of a split archive before it", "unsupported", spanned));
    let temporary = [b"PK00".as_slice(), &bundle_with([data()]).build()].concat();
    cases.push(Case::bytes("the mark of a single volume before it", "unsupported", temporary));
    cases
}

fn comment(end: &mut End, comment: &[u8]) {
    end.comment = comment.to_vec();
    end.comment_length = u16::try_from(comment.len()).unwrap();
}

fn comments() -> Vec<Case> {
    vec![
        ended("a comment", READ, |end| comment(end, b"made by hand")),
        ended("the longest comment", READ, |end| comment(end, &[b'x'; 65_535])),
        ended("a comment that is missing", "truncated", |end| end.comment_length = 1),
        ended("a long comment that is missing", "truncated", |end| end.comment_length = 65_535),
        ended("a comment that is shorter than it says", "truncated", |end| {
            comment(end, b"short");
            end.comment_length = 6;
        }),
        ended("a comment that is longer than it says", "hidden-data", |end| {
            comment(end, b"short");
            end.comment_length = 4;
        }),
        ended("half an end in the comment", "truncated", |end| comment(end, b"PK\x05\x06-------")),
        ended("an empty end in the comment", "hidden-data", |end| {
            comment(end, &[b"PK\x05\x06".as_slice(), &[0; 18]].concat());
        }),
        ended("an end in the middle of the comment", "hidden-data", |end| {
            comment(end, &[b"abc", b"PK\x05\x06".as_slice(), &[0; 18], b"def"].concat());
        }),
        ended("an end whose comment is the rest", "contradiction", |end| {
            let fake = [b"PK\x05\x06".as_slice(), &[0, 0, 0, 0, 9, 0, 9, 0], &[0; 8], &[3, 0]];
            comment(end, &[&fake.concat()[..], b"abc"].concat());
        }),
        ended("a header in the comment", READ, |end| comment(end, b"PK\x01\x02 and PK\x03\x04")),
        ended("a locator in the comment", READ, |end| comment(end, b"PK\x06\x07PK\x06\x06")),
        ended("a signature at the very end", "truncated", |end| comment(end, b"xPK\x05\x06")),
        Case::entry("an end in the note of an entry", READ, {
            data().with(|it| it.comment = [b"PK\x05\x06".as_slice(), &[0; 18]].concat())
        }),
        Case::entry("an end in the data of an entry", READ, {
            crate::craft::CraftedEntry::file("data", [b"PK\x05\x06".as_slice(), &[0; 18]].concat())
        }),
        Case::entry("an end in the name of an entry", "unsafe-name", {
            crate::craft::CraftedEntry::file("PK\x05\x06data", "x")
        }),
    ]
}
