//! Bombs: small data that expands to large data, in one document, in all of them, in nested
//! archives.

use crate::case::{Case, MANIFEST, READ, bundle_with, data, deflated, deflated_file, manifest};
use crate::craft::{Crafted, CraftedEntry};

const MIB: usize = 1024 * 1024;
const PARAMS: &str = "project_config/params.json";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = ratios();
    cases.extend(sizes());
    cases.extend(lies());
    cases.extend(nested());
    cases
}

fn zeros(name: &'static str, mebibytes: usize, expected: &'static str) -> Case {
    Case::lazy(format!("{mebibytes} MiB of zeros in {name}"), expected, move || {
        bundle_with([deflated_file(name, &vec![0; mebibytes * MIB])]).build()
    })
}

fn ratios() -> Vec<Case> {
    let nothing = |expanded: u32| {
        data().with(|it| it.data.clear()).headers(move |it| {
            (it.method, it.compressed, it.expanded) = (8, 0, expanded);
        })
    };
    vec![
        zeros(PARAMS, 20, "over-limit"),
        zeros("data/zeros.csv", 20, READ),
        zeros("project_config/datasets/a.json", 100, "over-limit"),
        Case::entry("five million bytes out of none", "damaged", nothing(5_000_000)),
        Case::entry("four gigabytes out of none", "over-limit", nothing(u32::MAX - 1)),
        Case::entry("a thousand bytes out of none", "damaged", nothing(1000)),
        Case::lazy("a manifest of zeros", "over-limit", || {
            Crafted::new([deflated_file("export-manifest.json", &vec![b' '; 15 * MIB])]).build()
        }),
    ]
}

/// Text that compresses well, but less than a thousandfold.
fn text(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let mut text = b"{\"x\": \"".to_vec();
    while text.len() < length - 2 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let letter = b'a' + (state >> 28) as u8;
        text.extend(std::iter::repeat_n(letter, 64.min(length - 2 - text.len())));
    }
    text.extend_from_slice(b"\"}");
    text
}

fn dataset(index: usize, text: &[u8]) -> CraftedEntry {
    deflated_file(&format!("project_config/datasets/part-{index:02}.json"), text)
}

/// Documents of the maximum size, and larger.
fn sizes() -> Vec<Case> {
    let all = |count: usize, length: usize, expected| {
        Case::lazy(format!("{count} documents of {length} bytes"), expected, move || {
            let text = text(length);
            bundle_with((0..count).map(|index| dataset(index, &text))).build()
        })
    };
    vec![
        all(1, 16 * MIB, READ),
        all(1, 16 * MIB + 1, "over-limit"),
        all(8, 2 * MIB, READ),
        all(17, 16 * MIB, "over-limit"),
        Case::lazy("data of 30 MiB that is not read", READ, || {
            bundle_with([deflated_file("data/part-0", &text(30 * MIB))]).build()
        }),
    ]
}

/// Documents that expand to another size than stated.
fn lies() -> Vec<Case> {
    let said = |length: u32, expected| {
        Case::lazy(format!("{length} bytes that become four million"), expected, move || {
            let entry = deflated_file(PARAMS, &text(4 * MIB));
            bundle_with([entry.headers(|it| it.expanded = length)]).build()
        })
    };
    vec![
        said(1, "damaged"),
        said(1_000, "damaged"),
        said(4 * MIB as u32 - 1, "damaged"),
        said(4 * MIB as u32 + 1, "damaged"),
        said(17 * MIB as u32, "over-limit"),
    ]
}

/// Nested archives are data: the reader does not open them.
fn nested() -> Vec<Case> {
    let zip = |inner: &[u8]| bundle_with([CraftedEntry::file("inner.zip", inner)]).build();
    let deep = move |levels: usize| {
        let first = bundle_with([deflated_file("zeros", &vec![0; 900 * 1024])]).build();
        (0..levels).fold(first, |inner, _| zip(&inner))
    };
    vec![
        Case::lazy("a bomb in an archive", READ, move || deep(1)),
        Case::lazy("a bomb forty levels down", READ, move || deep(40)),
        Case::lazy("sixteen packed archives of sixteen", READ, || {
            let leaf = deflated(&vec![0; 900 * 1024]);
            let of_sixteen = |inner: &[u8]| {
                Crafted::new((0..16).map(|it| CraftedEntry::file(format!("{it}.zip"), inner)))
                    .build()
            };
            let whole = of_sixteen(&of_sixteen(&leaf));
            bundle_with([CraftedEntry::file("42.zip", whole)]).build()
        }),
        Case::lazy("an archive as its own manifest", "document", move || {
            Crafted::new([CraftedEntry::file("export-manifest.json", deep(0))]).build()
        }),
        Case::lazy("a bundle in a bundle", READ, move || {
            let inner = Crafted::new([manifest(), CraftedEntry::file("x", MANIFEST)]).build();
            bundle_with([CraftedEntry::file("project_config/inner.json.zip", inner)]).build()
        }),
    ]
}
