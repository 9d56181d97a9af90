//! Bytes before, between and after entries, and files that are no zip.

use crate::case::{Case, READ, bundle_with, data, manifest};
use crate::craft::{Crafted, CraftedEntry, write_local};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = before_it();
    cases.extend(within_it());
    cases.extend(after_it());
    cases.extend(descriptors());
    cases.extend(no_zip());
    cases
}

fn sound() -> Vec<u8> {
    bundle_with([data()]).build()
}

fn stray() -> Vec<u8> {
    let mut stray = Vec::new();
    write_local(&mut stray, &CraftedEntry::file("hidden", "x"));
    stray.push(b'x');
    stray
}

fn before_it() -> Vec<Case> {
    let heads: [(&str, &[u8]); 9] = [
        ("a shell script", b"#!/bin/sh\nexec rm -r \"$HOME\"\n"),
        ("a program", b"MZ\x90\0\x03\0\0\0"),
        ("another program", b"\x7fELF\x02\x01\x01\0"),
        ("a picture", b"\xff\xd8\xff\xe0\0\x10JFIF"),
        ("another picture", b"GIF89a"),
        ("a document", b"%PDF-1.7\n"),
        ("one zero", b"\0"),
        ("the mark of UTF-8", b"\xef\xbb\xbf"),
        ("half a zip", b"PK\x01\x02"),
    ];
    let mut cases: Vec<Case> = heads
        .into_iter()
        .map(|(name, head)| {
            Case::bytes(format!("{name} before it"), "not-zip", [head, &sound()].concat())
        })
        .collect();
    let double = [sound(), sound()].concat();
    cases.push(Case::bytes("the same zip before it", "hidden-data", double));
    let header = [stray(), sound()].concat();
    cases.push(Case::bytes("an entry before it", "hidden-data", header));
    let early = manifest().with(|it| it.before = stray());
    let early = Crafted::new([early, data()]);
    cases.push(Case::crafted("an unlisted entry at the start", "hidden-data", early));
    cases
}

fn within_it() -> Vec<Case> {
    let with = |change: fn(&mut Crafted)| bundle_with([data()]).with(change);
    let between = |bytes: &[u8]| bundle_with([data().with(|it| it.before = bytes.to_vec())]);
    let cases = [
        ("bytes before the directory", with(|it| it.before_directory = b"hidden".to_vec())),
        ("an unlisted entry before the directory", with(|it| it.before_directory = stray())),
        ("bytes after the directory", with(|it| it.after_directory = b"hidden".to_vec())),
        ("one byte between entries", between(b"\0")),
        ("a megabyte between entries", between(&[0; 1 << 20])),
        ("an unlisted entry between entries", between(&stray())),
        ("a whole zip between entries", between(&sound())),
        (
            "an unlisted header of the directory",
            with(|it| it.after_directory = b"PK\x01\x02".into()),
        ),
        ("a signature before the directory", with(|it| it.before_directory = b"PK\x05\x05".into())),
    ];
    let case = |(name, archive)| Case::crafted(name, "hidden-data", archive);
    cases.into_iter().map(case).collect()
}

fn after_it() -> Vec<Case> {
    let tails: [(&str, Vec<u8>, &'static str); 10] = [
        // The last block of a writer, padded with zeros.
        ("one zero", vec![0], READ),
        ("a block of zeros", vec![0; 65_535], READ),
        ("zeros and one byte more", [&[0; 999][..], &[1]].concat(), "hidden-data"),
        ("an entry after zeros", [&[0; 999][..], &stray()].concat(), "hidden-data"),
        ("a line's end", b"\r\n".to_vec(), "hidden-data"),
        ("sixty thousand bytes", vec![b'x'; 60_000], "hidden-data"),
        // Its end record is too far from the end to be searched.
        ("a hundred thousand zeros", vec![0; 100_000], "truncated"),
        ("the start of another zip", b"PK\x03\x04".to_vec(), "hidden-data"),
        ("a second end", [b"PK\x05\x06".as_slice(), &[0; 18]].concat(), "hidden-data"),
        ("half an end", b"PK\x05\x06\0\0".to_vec(), "truncated"),
    ];
    let case = |(name, tail, expected): (&str, Vec<u8>, &'static str)| {
        let archive = bundle_with([data()]).with(|it| it.trailing = tail);
        Case::crafted(format!("{name} after it"), expected, archive)
    };
    tails.into_iter().map(case).collect()
}

/// Sizes after the data: only where a flag announces them, and only with a valid length.
fn descriptors() -> Vec<Case> {
    let streamed = |length: usize| {
        data().headers(|it| it.flags = 8).with(|it| {
            (it.local.checksum, it.local.compressed, it.local.expanded) = (0, 0, 0);
            it.after = vec![7; length];
        })
    };
    let lengths = [(0, "contradiction"), (1, "hidden-data"), (8, "hidden-data")];
    let forms = [12, 16, 20, 24].map(|length| (length, "contradiction"));
    let longer = [13, 17, 25, 4096].map(|length| (length, "hidden-data"));
    let mut cases = vec![Case::entry("sizes after data that has them", "hidden-data", {
        data().with(|it| it.after = vec![0; 16])
    })];
    for (length, expected) in lengths.into_iter().chain(forms).chain(longer) {
        let name = format!("{length} bytes of no sizes");
        cases.push(Case::entry(name, expected, streamed(length)));
    }
    cases
}

fn no_zip() -> Vec<Case> {
    let texts: [(&str, Vec<u8>, &'static str); 11] = [
        ("nothing", Vec::new(), "not-zip"),
        ("one letter", b"P".to_vec(), "truncated"),
        ("a letter of another", b"PX".to_vec(), "not-zip"),
        ("text", b"no zip at all".to_vec(), "not-zip"),
        ("JSON", crate::case::MANIFEST.into(), "not-zip"),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), "not-zip"),
        ("another packer", b"7z\xbc\xaf\x27\x1c".to_vec(), "not-zip"),
        ("a page", b"<!doctype html><title>502</title>".to_vec(), "not-zip"),
        ("a megabyte of zeros", vec![0; 1 << 20], "not-zip"),
        ("a signature and zeros", [b"PK\x03\x04".as_slice(), &[0; 200_000]].concat(), "truncated"),
        ("signatures alone", b"PK\x03\x04PK\x01\x02PK\x05\x06".repeat(1000), "truncated"),
    ];
    let case = |(name, bytes, expected): (&str, Vec<u8>, &'static str)| {
        Case::bytes(format!("only {name}"), expected, bytes)
    };
    texts.into_iter().map(case).collect()
}
