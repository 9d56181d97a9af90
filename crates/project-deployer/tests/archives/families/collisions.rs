//! Names that are the same file on some system: by repetition, case, normalization, or as a
//! directory.

use crate::case::{Case, bundle_with};
use crate::craft::CraftedEntry;

const PAIRS: [(&str, &str); 30] = [
    ("data", "data"),
    ("Data.csv", "data.CSV"),
    ("a/b", "A/b"),
    ("d/", "D/"),
    ("d/", "d"),
    ("d", "d/e"),
    ("d", "D/e/f"),
    ("d/", "D/e"),
    ("d/e", "D/f"),
    ("d/e/f", "d/E/g/h"),
    ("project_config/recipes/a.json", "project_confiG/params.json"),
    ("a/b", "a/b/c/d"),
    ("É", "é"),
    ("Ω", "\u{2126}"),
    ("ſecret", "Secret"),
    ("K", "\u{212a}"),
    ("caf\u{e9}", "cafe\u{301}"),
    ("CAF\u{c9}/a", "cafe\u{301}/b"),
    ("\u{1f80}", "\u{3b1}\u{345}\u{313}"),
    ("\u{ac01}", "\u{1100}\u{1161}\u{11a8}"),
    ("\u{212b}", "a\u{30a}"),
    ("Straße", "STRASSE"),
    ("ǅ", "ǆ"),
    ("σίσυφος", "ΣΊΣΥΦΟΣ"),
    ("ﬁle", "FILE"),
    ("a\u{323}\u{307}", "a\u{307}\u{323}"),
    ("export-manifest.json", "other"),
    ("Export-Manifest.json", "other"),
    ("export-manifest.json/", "other"),
    ("export-manifest.json/below", "other"),
];

pub(super) fn cases() -> Vec<Case> {
    let collide = |(first, second): (&str, &str)| {
        // With other names between the two in every order.
        let names = [first, "d-", "d.", "d0", second];
        let archive = bundle_with(names.map(|name| CraftedEntry::file(name, "")));
        Case::crafted(format!("{first} and {second}"), "colliding-names", archive)
    };
    let turned = |(first, second): (&'static str, &'static str)| (second, first);
    PAIRS.into_iter().chain(PAIRS[1..26].iter().copied().map(turned)).map(collide).collect()
}
