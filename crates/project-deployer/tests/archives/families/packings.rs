//! Encryption, and compression methods that bundles never use.

use crate::case::{Case, READ, data, manifest};
use crate::craft::{Crafted, CraftedEntry};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for flags in [1, 1 | 1 << 3, 1 | 1 << 6, 1 << 6, 1 << 13, 1 | 1 << 11, 1 | 1 << 13] {
        let entry = data().headers(|it| it.flags = flags);
        cases.push(Case::entry(format!("encrypted by flags {flags:#x}"), "encrypted", entry));
    }
    let encrypted = manifest().headers(|it| it.flags = 1);
    cases.push(Case::crafted("an encrypted manifest", "encrypted", Crafted::new([encrypted])));
    let directory = CraftedEntry::file("d/", "").headers(|it| it.flags = 1);
    cases.push(Case::entry("an encrypted directory", "encrypted", directory));
    for method in [1, 2, 6, 7, 9, 12, 14, 18, 20, 93, 94, 95, 96, 97, 98, 99, 0xffff] {
        let entry = data().headers(|it| it.method = method);
        cases.push(Case::entry(format!("method {method}"), "unsupported", entry));
    }
    let patched = data().headers(|it| it.flags = 1 << 5);
    cases.push(Case::entry("patched data", "unsupported", patched));
    for flags in [2, 4, 6, 1 << 4, 1 << 7, 1 << 11, 1 << 12, 1 << 15] {
        let entry = data().headers(|it| it.flags = flags);
        cases.push(Case::entry(format!("flags {flags:#x} without effect"), READ, entry));
    }
    cases
}
