//! Documents that try to be misread, to be slow, or to use much memory.

use crate::case::{Case, MANIFEST, READ, bundle_with};
use crate::craft::{Crafted, CraftedEntry};

const PARAMS: &str = "project_config/params.json";

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = manifests()
        .into_iter()
        .map(|(name, text)| {
            let entry = CraftedEntry::file("export-manifest.json", text);
            Case::crafted(format!("a manifest that is {name}"), "document", Crafted::new([entry]))
        })
        .collect();
    cases.extend(large());
    cases
}

fn manifests() -> Vec<(&'static str, Vec<u8>)> {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    vec![
        ("empty", Vec::new()),
        ("a NUL", vec![0]),
        ("null", b"null".to_vec()),
        ("a list", format!("[{MANIFEST}]").into_bytes()),
        ("two documents", format!("{MANIFEST}{MANIFEST}").into_bytes()),
        ("cut off", MANIFEST.as_bytes()[..30].to_vec()),
        ("marked as UTF-8", format!("\u{feff}{MANIFEST}").into_bytes()),
        ("UTF-16", wide(MANIFEST)),
        ("not UTF-8", b"{\"projectKey\": \"CH\xffRN\", \"bundleId\": \"v1\"}".to_vec()),
        ("XML", b"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>".to_vec()),
        ("without a project", br#"{"bundleId": "v1"}"#.to_vec()),
        ("of a project that goes up", br#"{"projectKey": "..", "bundleId": "v1"}"#.to_vec()),
        ("of a bundle that goes up", br#"{"projectKey": "A", "bundleId": "../v1"}"#.to_vec()),
        ("of an id with a NUL", br#"{"projectKey": "A", "bundleId": "v1\u0000"}"#.to_vec()),
        ("of half a character", br#"{"projectKey": "A", "bundleId": "\ud800"}"#.to_vec()),
        ("nested a hundred levels", nested(100).into_bytes()),
        ("nested a hundred thousand levels", vec![b'['; 24_000]),
        ("nested in objects", b"{\"a\":".repeat(20_000)),
        ("a number of a million digits", vec![b'9'; 1_000_000]),
    ]
}

fn nested(levels: usize) -> String {
    format!(r#"{{"projectKey": "A", "x": {}{}}}"#, "[".repeat(levels), "]".repeat(levels))
}

fn params(name: &str, expected: &'static str, text: impl Fn() -> String + 'static) -> Case {
    Case::lazy(name, expected, move || bundle_with([CraftedEntry::file(PARAMS, text())]).build())
}

/// Texts at the limits of what is read.
fn large() -> Vec<Case> {
    let list =
        |item: &'static str, count: usize| move || format!("{{\"x\": [{}0]}}", item.repeat(count));
    let permissions = |count: usize| {
        move || format!(r#"{{"permissions": [{}{{}}]}}"#, r#"{"group": "ops"},"#.repeat(count))
    };
    vec![
        params("as many values as are read", READ, list("0,", 249_980)),
        params("more values than are read", "over-limit", list("0,", 250_001)),
        params("as many objects as are read", READ, list("{},", 22_000)),
        params("objects with a field each", READ, list(r#"{"":0},"#, 22_000)),
        params("more objects than are read", "over-limit", list("{},", 30_000)),
        params("as many lists as are read", READ, list("[],", 120_000)),
        params("texts of one letter", READ, list(r#""a","#, 249_000)),
        params("fields of one object", READ, || {
            let fields: String = (0..240_000).map(|it| format!(r#""{it}":0,"#)).collect();
            format!("{{{fields}\"x\": 0}}")
        }),
        params("one field many times", READ, || {
            format!("{{{}\"x\": 0}}", r#""x":0,"#.repeat(240_000))
        }),
        params("one text of three million bytes", READ, || {
            format!(r#"{{"x": "{}"}}"#, "€".repeat(1_000_000))
        }),
        params("a text of escapes", READ, || {
            format!(r#"{{"x": "{}"}}"#, r"\u20ac".repeat(500_000))
        }),
        params("ten thousand permissions", READ, permissions(9_999)),
        params("more permissions than are read", "over-limit", permissions(12_000)),
        params("many mistakes", "document", || {
            format!(r#"{{"permissions": [{}1]}}"#, "1,".repeat(200_000))
        }),
    ]
}
