use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use project_deployer_core::bundle::{ArchiveNote, ArchiveNoteKind};

use super::error::shown;

/// Notes on what some readers cannot read: each kind once, with the first entry that has it.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<ArchiveNoteKind, ArchiveNote>);

impl Notes {
    pub(super) fn add(&mut self, kind: ArchiveNoteKind, path: &str) {
        match self.0.entry(kind) {
            Slot::Occupied(mut known) => known.get_mut().more += 1,
            Slot::Vacant(free) => {
                free.insert(ArchiveNote::new(kind, shown(path)));
            }
        }
    }

    pub(super) fn into_list(self) -> Vec<ArchiveNote> {
        self.0.into_values().collect()
    }
}
