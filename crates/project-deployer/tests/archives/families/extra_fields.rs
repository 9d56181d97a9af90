//! Extra fields: a second name, no end, wrong values, too many of them.

use crate::case::{Case, READ, bundle_with, data};
use crate::craft::{checksum, extra};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = shapes();
    cases.extend(names());
    cases.extend(weights());
    cases
}

fn shapes() -> Vec<Case> {
    let raw = |bytes: &'static [u8]| data().headers(|it| it.extra = bytes.to_vec());
    vec![
        Case::entry("one byte", "contradiction", raw(b"\x01")),
        Case::entry("half a head", "contradiction", raw(b"\x01\x02\x03")),
        Case::entry("a length beyond the field", "contradiction", raw(b"\x09\x09\x09\0")),
        Case::entry("the longest length", "contradiction", raw(b"\x09\x09\xff\xff")),
        Case::entry("padding after a field", "contradiction", raw(b"\x55\x54\0\0\0\0\0")),
        Case::entry("zeros as padding", READ, raw(&[0; 8])),
        Case::entry("a field before the data only is cut off", "contradiction", {
            data().with(|it| it.local.extra = b"\x09\x09\x09\0".to_vec())
        }),
        Case::entry("times and owners", READ, {
            data().extra(0x5455, &[1, 0, 0, 0, 0]).extra(0x7875, &[1, 0, 0])
        }),
        Case::entry("the same field a thousand times", READ, {
            (0..1000).fold(data(), |entry, _| entry.extra(0x5455, &[1, 0, 0, 0, 0]))
        }),
        Case::entry("fields of Windows", READ, data().extra(0x000a, &[0; 32])),
        Case::entry("signatures in a field", READ, data().extra(0x9999, b"PK\x01\x02PK\x05\x06")),
        Case::entry("the mark of a runnable jar", READ, data().extra(0xcafe, &[])),
        Case::entry("a Unix field without a link", READ, data().extra(0x000d, &[0; 12])),
    ]
}

/// Some readers use the name in an extra field.
fn names() -> Vec<Case> {
    let named = |name: &[u8]| [b"\x01\0\0\0\0", name].concat();
    let mut cases = Vec::new();
    for name in ["../evil", "data", "other", "/evil", ""] {
        let field = named(name.as_bytes());
        let local = data().with(|it| it.local.extra = extra(0x7075, &field));
        let central = data().with(|it| it.central.extra = extra(0x7075, &field));
        for (place, entry) in [
            ("both headers", data().extra(0x7075, &field)),
            ("the header before its data", local),
            ("the directory", central),
        ] {
            let case = format!("`{name}` as a second name in {place}");
            cases.push(Case::entry(case, "unsafe-name", entry));
        }
    }
    let same = [&[1][..], &checksum(b"data").to_le_bytes(), b"data"].concat();
    cases.push(Case::entry("its own name once more", READ, data().extra(0x7075, &same)));
    let other = [&same[..5], b"datb"].concat();
    cases.push(Case::entry("another name for it", "unsafe-name", data().extra(0x7075, &other)));
    cases.push(Case::entry("a second note", READ, data().extra(0x6375, &named(b"note"))));
    cases.push(Case::entry("an encrypting field", "encrypted", {
        data().extra(0x9901, &[2, 0, b'A', b'E', 3, 8, 0])
    }));
    cases
}

fn weights() -> Vec<Case> {
    let heavy = |length: usize| data().extra(0x9999, &vec![0; length]);
    let many = |count: usize, local: bool| {
        let entry = move |index: usize| {
            heavy(65_000).headers(|it| it.name = format!("data-{index:04}").into_bytes()).with(
                |it| {
                    let other = if local { &mut it.central } else { &mut it.local };
                    other.extra.clear();
                },
            )
        };
        Case::lazy(
            format!("{count} long fields, {}", if local { "before data" } else { "listed" }),
            if count > 250 { "over-limit" } else { READ },
            move || bundle_with((0..count).map(entry)).build(),
        )
    };
    vec![
        Case::entry("the longest field", READ, heavy(65_531)),
        many(200, false),
        many(300, false),
        many(200, true),
        many(300, true),
    ]
}
