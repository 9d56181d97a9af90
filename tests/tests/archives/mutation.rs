//! Mutated archives: most mutations change structures, so that many archives are still valid; some
//! change bytes.

mod bytes;
mod entries;
mod whole;

use fastrand::Rng;

use crate::case::{MANIFEST, deflated_file, streamed};
use crate::craft::{Crafted, CraftedEntry, write_local};

/// Builds one archive for each number.
pub(crate) struct Mutator {
    written: Vec<Vec<u8>>,
    /// Prepared entries, since compressing them takes most of the time.
    palette: Vec<CraftedEntry>,
    manifests: Vec<CraftedEntry>,
}

impl Mutator {
    /// `written` are archives of common writers.
    pub(crate) fn new(written: Vec<Vec<u8>>) -> Self {
        let stored = |name: &str, text: &str| CraftedEntry::file(name, text);
        let packed = |name: &str, text: &str| deflated_file(name, text.as_bytes());
        let table = "id,name\n1,one\n2,two\n";
        let name = "export-manifest.json";
        Self {
            written,
            palette: vec![
                stored("data/stored", table),
                packed("data/packed", table),
                packed("data/repeated", &table.repeat(50)),
                streamed(packed("data/signed", table), true, false),
                streamed(packed("data/unsigned", table), false, false),
                streamed(packed("data/wide", table), true, true),
                stored("empty", ""),
                streamed(packed("nothing", ""), true, false),
                stored("folder/", ""),
                stored("./here", "x"),
                stored("inner.zip", "PK\x03\x04PK\x01\x02PK\x05\x06"),
                packed("café", "é").headers(|it| it.flags |= 1 << 11),
            ],
            manifests: vec![
                stored(name, MANIFEST),
                packed(name, MANIFEST),
                streamed(packed(name, MANIFEST), true, false),
            ],
        }
    }

    /// The archive of a number.
    pub(crate) fn archive(&self, number: u64) -> Vec<u8> {
        let rng = &mut Rng::with_seed(number);
        if rng.u8(..4) == 0 {
            let mut archive = pick(rng, &self.written).clone();
            bytes::change(rng, &mut archive);
            return archive;
        }
        let mut crafted = self.sound(rng);
        for _ in 0..*pick(rng, &[1, 1, 1, 2, 3]) {
            if rng.u8(..4) == 0 {
                whole::change(rng, &mut crafted);
            } else {
                let at = rng.usize(..crafted.entries.len());
                entries::change(rng, &mut crafted.entries[at]);
            }
        }
        let mut archive = crafted.build();
        if rng.u8(..8) == 0 {
            bytes::change(rng, &mut archive);
        }
        archive
    }

    fn sound(&self, rng: &mut Rng) -> Crafted {
        let count = rng.usize(1..5);
        let mut entries = rng.choose_multiple(self.palette.iter(), count);
        entries.push(pick(rng, &self.manifests));
        rng.shuffle(&mut entries);
        Crafted::new(entries.into_iter().cloned())
    }
}

fn pick<'a, T>(rng: &mut Rng, choices: &'a [T]) -> &'a T {
    &choices[rng.usize(..choices.len())]
}

/// An entry that the directory does not list.
fn stray() -> Vec<u8> {
    let entry = CraftedEntry::file("hidden.txt", "x");
    let mut bytes = Vec::new();
    write_local(&mut bytes, &entry);
    [&bytes[..], b"x"].concat()
}

/// An archive with a streamed entry whose compressed bytes contain its descriptor and one more
/// entry.
pub(crate) fn with_a_hidden_entry() -> Vec<u8> {
    let file = || deflated_file("data", b"id,name\n1,one\n");
    let hidden = [streamed(file(), true, false).after, stray()].concat();
    let more = u32::try_from(hidden.len()).unwrap();
    let entry = file().headers(|it| it.compressed += more).with(|it| it.data.extend(hidden));
    Crafted::new([
        CraftedEntry::file("export-manifest.json", MANIFEST),
        streamed(entry, true, false),
    ])
    .build()
}
