//! The entries of the product's facts and features: `<a id="…">` in `docs/product.md`, below `docs/product/`, and in
//! `docs/features.md`.

use std::collections::BTreeMap;

use crate::files::{self, File};

/// How often each id has an entry.
#[derive(Debug, Default)]
pub(crate) struct Entries(BTreeMap<String, usize>);

impl Entries {
    pub(crate) fn read() -> Self {
        let mut entries = Self::default();
        let of_facts = |file: &File| {
            ["docs/product.md", "docs/features.md"].contains(&file.path.as_str())
                || file.path.starts_with("docs/product/")
        };
        for file in files::all().iter().filter(|file| of_facts(file)) {
            for id in anchors(&file.text) {
                *entries.0.entry(id.to_owned()).or_default() += 1;
            }
        }
        entries
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    pub(crate) fn twice(&self) -> Vec<String> {
        self.0.iter().filter(|(_, count)| **count > 1).map(|(id, _)| id.clone()).collect()
    }
}

/// The ids of `<a id="…">` in a page.
pub(crate) fn anchors(text: &str) -> impl Iterator<Item = &str> {
    text.split("<a id=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(id, _)| id)
}
