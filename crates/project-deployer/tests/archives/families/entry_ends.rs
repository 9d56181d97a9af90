//! R16: data that ends before its compressed bytes do, and bytes after data. A stream reader
//! continues where the data ends, a directory reader where the directory says. Between the two are
//! entries that only one of them sees; here they are harmless.

use crate::case::{Case, READ, bundle_with, data, deflated_file, manifest, streamed};
use crate::craft::{Crafted, CraftedEntry, write_local};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = hidden();
    cases.extend(descriptors());
    cases.extend(gaps());
    cases
}

const TEXT: &[u8] = b"id,name\n1,one\n2,two\n";
const FORMS: [(bool, bool); 4] = [(true, false), (false, false), (true, true), (false, true)];

fn file() -> CraftedEntry {
    deflated_file("data/part-0.csv", TEXT)
}

/// A second document with a name that is read.
fn stray() -> Vec<u8> {
    let entry = CraftedEntry::file("project_config/params.json", "{}");
    let mut bytes = Vec::new();
    write_local(&mut bytes, &entry);
    bytes.extend_from_slice(&entry.data);
    bytes
}

/// Appends bytes to the data that count as compressed size.
fn longer(entry: CraftedEntry, bytes: &[u8]) -> CraftedEntry {
    let more = u32::try_from(bytes.len()).unwrap();
    entry.headers(|it| it.compressed += more).with(|it| it.data.extend_from_slice(bytes))
}

/// The descriptor that the entry would have by itself, and an entry after it.
fn descriptor_and_entry() -> Vec<u8> {
    [streamed(file(), true, false).after, stray()].concat()
}

fn hidden() -> Vec<Case> {
    let one_more = descriptor_and_entry();
    let stored = || CraftedEntry::file("data/part-0.csv", TEXT);
    vec![
        Case::entry("an entry in a streamed entry", "hidden-data", {
            streamed(longer(file(), &one_more), true, false)
        }),
        Case::entry("an entry in a streamed entry without signature", "hidden-data", {
            streamed(longer(file(), &one_more), false, false)
        }),
        Case::entry("an entry in an entry", "hidden-data", longer(file(), &stray())),
        Case::entry("an entry in a stored entry", "contradiction", longer(stored(), &stray())),
        Case::entry("an entry in a stored entry with another checksum", "damaged", {
            let more = u32::try_from(stray().len()).unwrap();
            longer(stored(), &stray()).headers(|it| it.expanded += more)
        }),
        Case::entry("one byte in an entry", "hidden-data", longer(file(), b"\0")),
        Case::entry("a megabyte in an entry", "hidden-data", longer(file(), &[0; 1 << 20])),
        Case::entry("a second stream in an entry", "hidden-data", longer(file(), &file().data)),
        Case::crafted("an entry in a streamed manifest", "hidden-data", {
            let manifest = deflated_file("export-manifest.json", &manifest().data);
            Crafted::new([streamed(longer(manifest, &one_more), true, false), data()])
        }),
    ]
}

fn descriptors() -> Vec<Case> {
    let mut cases = Vec::new();
    for (signed, wide) in FORMS {
        let form = format!("signed {signed}, wide {wide}");
        let sound = || streamed(file(), signed, wide);
        cases.push(Case::entry(format!("a descriptor, {form}"), READ, sound()));
        let stored = streamed(data(), signed, wide);
        cases.push(Case::entry(format!("a descriptor of what is stored, {form}"), READ, stored));
        let first = Crafted::new([sound(), manifest()]);
        cases.push(Case::crafted(format!("a descriptor before an entry, {form}"), READ, first));
        let size = sound().after.len();
        for (what, at) in [("checksum", size % 8), ("size", size - 1), ("packed size", size / 2)] {
            let entry = sound().with(|it| it.after[at] ^= 1);
            let name = format!("a descriptor of another {what}, {form}");
            cases.push(Case::entry(name, "contradiction", entry));
        }
        let late = sound().with(|it| it.after.insert(0, 0));
        cases.push(Case::entry(format!("a late descriptor, {form}"), "hidden-data", late));
    }
    let other = streamed(file(), true, false).with(|it| it.after[3] = 9);
    cases.push(Case::entry("a descriptor of another signature", "contradiction", other));
    let none = streamed(file(), true, false).with(|it| it.after.clear());
    cases.push(Case::entry("no descriptor", "contradiction", none));
    let twice = streamed(file(), true, false).with(|it| it.after = it.after.repeat(2));
    cases.push(Case::entry("two descriptors", "hidden-data", twice));
    cases
}

/// Entries that no directory lists, in gaps between entries.
fn gaps() -> Vec<Case> {
    let after_descriptor = streamed(file(), true, false).with(|it| it.after.extend(stray()));
    let before = manifest().with(|it| it.before = stray());
    let between = file().with(|it| it.before = stray());
    let after = bundle_with([file()]).with(|it| it.before_directory = stray());
    vec![
        Case::entry("an entry after a descriptor", "hidden-data", after_descriptor),
        Case::crafted("an entry before the first", "hidden-data", Crafted::new([before, file()])),
        Case::entry("an entry between two", "hidden-data", between),
        Case::crafted("an entry after the last", "hidden-data", after),
    ]
}
