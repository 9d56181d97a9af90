//! An archive with every structure, cut off before, within and after each of them.

use std::collections::BTreeMap;

use crate::case::{Case, MANIFEST, READ};
use crate::craft::{Crafted, CraftedEntry};

/// The structures of the archive by their signatures.
const STRUCTURES: [(&str, &[u8]); 5] = [
    ("a header before data", b"PK\x03\x04"),
    ("a header of the directory", b"PK\x01\x02"),
    ("the zip64 record", b"PK\x06\x06"),
    ("the locator", b"PK\x06\x07"),
    ("the end", b"PK\x05\x06"),
];

/// Where to cut, from the start of a structure: within its signature, its fixed fields, its name, its
/// extra fields, its data.
const CUTS: [usize; 7] = [2, 4, 11, 21, 31, 47, 60];

pub(super) fn cases() -> Vec<Case> {
    let archive = everything().build();
    let mut cuts = BTreeMap::from([(archive.len() - 1, "its last byte".to_owned())]);
    for (name, signature) in STRUCTURES {
        let starts = (0..archive.len()).filter(|at| archive[*at..].starts_with(signature));
        for (index, start) in starts.enumerate() {
            for cut in CUTS.into_iter().filter(|cut| start + cut < archive.len()) {
                cuts.insert(start + cut, format!("{cut} bytes into {name}, number {index}"));
            }
        }
    }
    let case = |(cut, name): (usize, String)| {
        Case::bytes(format!("cut off at {name}"), "truncated", archive[..cut].to_vec())
    };
    let mut cases: Vec<Case> = cuts.into_iter().map(case).collect();
    cases.push(Case::crafted("as a whole", READ, everything()));
    cases
}

fn everything() -> Crafted {
    let text = format!("{MANIFEST}{}", " ".repeat(60));
    let manifest = CraftedEntry::file("export-manifest.json", text).extra(0x5455, &[1, 0, 0, 0, 0]);
    let data = CraftedEntry::file("data/part-0", "x".repeat(40))
        .with(|it| it.comment = b"a note on this entry".to_vec());
    Crafted::new([manifest, data]).wide_end(|_| {}).end(|end| {
        end.comment = vec![b'c'; 60];
        end.comment_length = 60;
    })
}
