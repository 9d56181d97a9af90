//! Names that lead outside, by zip-slip, root, drive, NUL or encoding, and names that only look
//! like it.

use std::path::Path;

use crate::case::{Case, MANIFEST, READ, bundle_with};
use crate::craft::{Crafted, CraftedEntry};

const HOSTILE: [&[u8]; 43] = [
    b"../evil",
    b"../../evil",
    b"../../../../../../../../etc/cron.d/evil",
    b"project_config/../../evil",
    b"project_config/../export-manifest.json",
    b"a/..",
    b"..",
    b"a/b/c/../../../../evil",
    b"a/../b",
    b"..\\evil",
    b"..\\..\\windows\\evil",
    b"a\\b",
    b"\\evil",
    b"\\\\server\\share\\evil",
    b"\\\\?\\C:\\evil",
    b"\\\\.\\PhysicalDrive0",
    b"C:\\evil",
    b"a/..\\..\\evil",
    b"evil\0.json",
    b"\0",
    b"..\0/evil",
    b"project_config/params.json\0.txt",
    b"a\nb",
    b"a\rb",
    b"a\tb",
    b"a\x1b[2Jb",
    b"a\x7f",
    b"a\xc2\x85",
    b"a\xc2\x9b31m",
    b"a/./evil",
    b"a//evil",
    b"a//",
    b"a/.",
    // Not UTF-8: Latin 1, DOS, Shift-JIS, UTF-16, overlong, a surrogate, cut off.
    b"caf\xe9.csv",
    b"caf\x82.csv",
    b"\x83\x65\x83\x58\x83\x67",
    b"\xff\xfee\0v\0i\0l\0",
    b"\xc0\xae\xc0\xae/evil",
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xed\xa0\x80",
    b"\xf8\x88\x80\x80\x80",
    b"caf\xc3",
];

/// Names that begin outside: below another directory they are harmless or different.
const ELSEWHERE: [&[u8]; 12] = [
    b"/etc/passwd",
    b"//server/share",
    b"/",
    b"//",
    b"/..",
    b"/export-manifest.json",
    b"C:/evil",
    b"c:evil",
    b"Z:",
    b"C:",
    b"d:../evil",
    b"",
];

/// Names that only Windows refuses or changes, or that look like what is refused.
const HARMLESS: [&str; 24] = [
    "CON",
    "nul",
    "aux.csv",
    "COM1.txt",
    "LPT9",
    "a/PRN/b",
    "CONIN$",
    "Inc.",
    "a ",
    " a",
    "a/b ./c",
    "10:30",
    "data.csv:stream",
    "what?",
    "<a>|*\"",
    "...",
    "..a/b..",
    "%2e%2e/evil",
    "&#46;&#46;/evil",
    "~/evil",
    "$HOME/evil",
    "\u{2024}\u{2024}/evil",
    "\u{ff0e}\u{ff0e}\u{2215}evil",
    "\u{202e}nosj.exe",
];

pub(super) fn cases(place: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for name in HOSTILE {
        cases.extend(everywhere(name));
    }
    let absolute = place.join("evil").display().to_string();
    for name in ELSEWHERE.into_iter().chain([absolute.as_bytes()]) {
        cases.push(Case::entry(shown(name), "unsafe-name", CraftedEntry::file(name, "")));
    }
    for name in HARMLESS {
        cases.push(Case::entry(format!("harmless {name}"), READ, CraftedEntry::file(name, "x")));
    }
    cases.extend(here());
    cases.extend(of_two_names());
    cases.extend(long());
    cases
}

fn shown(name: &[u8]) -> String {
    name.escape_ascii().to_string()
}

/// The name of a file, of a directory, and below the directory that contains everything.
fn everywhere(name: &[u8]) -> [Case; 3] {
    let directory = [name, b"/"].concat();
    let below = [b"wrapper/", name].concat();
    let wrapped = CraftedEntry::file("wrapper/export-manifest.json", MANIFEST);
    let wrapped = Crafted::new([wrapped, CraftedEntry::file(below, "x")]);
    [
        Case::entry(shown(name), "unsafe-name", CraftedEntry::file(name, "x")),
        Case::entry(
            format!("{} as a directory", shown(name)),
            "unsafe-name",
            CraftedEntry::file(directory, ""),
        ),
        Case::crafted(format!("{} below another", shown(name)), "unsafe-name", wrapped),
    ]
}

/// A leading current directory of the writer is removed from names.
fn here() -> Vec<Case> {
    let file = |name: &str| CraftedEntry::file(name, "");
    let manifest = || CraftedEntry::file("./export-manifest.json", MANIFEST);
    let all = |names: &[&str]| {
        let names = names.iter().map(|name| file(name));
        Crafted::new([file("./"), manifest()].into_iter().chain(names))
    };
    vec![
        Case::crafted("everything begins here", READ, all(&["./a/", "./a/b"])),
        Case::crafted("some begin here", READ, all(&["a/", "./a/b"])),
        Case::crafted("here twice", "colliding-names", all(&["./"])),
        Case::crafted("the same with and without", "colliding-names", all(&["./a", "a"])),
        Case::crafted("the manifest with and without", "colliding-names", {
            all(&["export-manifest.json"])
        }),
        Case::crafted("here in another way", "unsafe-name", all(&["."])),
        Case::crafted("here and here again", "unsafe-name", all(&["././a"])),
        Case::crafted("here and up", "unsafe-name", all(&["./../a"])),
        Case::crafted("here and another drive", "unsafe-name", all(&["./C:/a"])),
        Case::crafted("here and the root", "unsafe-name", all(&[".//a"])),
        Case::crafted("here within", "unsafe-name", all(&["wrapper/./a"])),
    ]
}

/// Entries with different names in the two headers: readers use one or the other.
fn of_two_names() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in ["../evil", "datb", "dat", "data/", "DATA", "data\0"] {
        let local = CraftedEntry::file("data", "x").with(|it| it.local.name = name.into());
        cases.push(Case::entry(
            format!("{} before its data", shown(name.as_bytes())),
            "contradiction",
            local,
        ));
    }
    for name in ["../evil", "/evil", "data\0"] {
        let central = CraftedEntry::file("data", "x").with(|it| it.central.name = name.into());
        cases.push(Case::entry(
            format!("{} in the directory", shown(name.as_bytes())),
            "unsafe-name",
            central,
        ));
    }
    cases
}

/// Deep and long paths.
fn long() -> Vec<Case> {
    let file = |name: String| CraftedEntry::file(name, "");
    let many =
        |depth: usize| bundle_with((1..=depth).map(|it| file(format!("{}f", "d/".repeat(it)))));
    vec![
        Case::entry("511 levels", READ, file(format!("{}f", "a/".repeat(511)))),
        Case::entry("513 levels", "over-limit", file(format!("{}f", "a/".repeat(513)))),
        Case::entry("32767 levels", "over-limit", file(format!("{}f", "a/".repeat(32_767)))),
        Case::entry("a part of 1024 bytes", READ, file("x".repeat(1_024))),
        Case::entry("a part of 1025 bytes", "over-limit", file("x".repeat(1_025))),
        Case::entry("the longest name of all", "over-limit", file("x".repeat(65_535))),
        Case::entry("a long way up", "unsafe-name", file("../".repeat(300))),
        Case::crafted("a file on each of 500 levels", READ, many(500)),
    ]
}
