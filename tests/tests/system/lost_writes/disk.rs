//! A disk that loses what was not synced when the power fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::recording::Action;

/// A disk writes sectors of this size whole or not at all.
const SECTOR: usize = 512;

/// The files of a folder: what is on disk, and what the system may lose.
#[derive(Debug, Default)]
pub(super) struct Disk {
    files: BTreeMap<String, Held>,
}

#[derive(Debug, Default)]
struct Held {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

/// How much of what was not synced a crash loses.
#[derive(Debug, Clone, Copy)]
enum Loss {
    Everything,
    Nothing,
    /// What came after some write, of which a part is there.
    Tail,
    /// Any writes, in whatever order they reached the disk.
    Some,
}

impl Disk {
    pub(super) fn apply(&mut self, action: &Action) {
        match action {
            Action::Write { file, at, bytes } => {
                let change = Change::Write { at: *at, bytes: bytes.clone() };
                self.held(file).pending.push(change);
            }
            Action::Truncate { file, length } => {
                self.held(file).pending.push(Change::Truncate(*length));
            }
            Action::Sync { file } => {
                let held = self.held(file);
                for change in std::mem::take(&mut held.pending) {
                    change.reach(&mut held.durable, None);
                }
            }
            Action::Remove { file } => drop(self.files.remove(file)),
            Action::Acknowledge(_) => {}
        }
    }

    fn held(&mut self, file: &str) -> &mut Held {
        self.files.entry(file.to_owned()).or_default()
    }

    /// Writes what a crash leaves into a folder.
    pub(super) fn crash(&self, random: &mut fastrand::Rng, folder: &Path) {
        for (name, held) in &self.files {
            let loss = [Loss::Everything, Loss::Nothing, Loss::Tail, Loss::Some][random.usize(..4)];
            fs::write(folder.join(name), held.after_a_crash(loss, random)).unwrap();
        }
    }
}

impl Held {
    fn after_a_crash(&self, loss: Loss, random: &mut fastrand::Rng) -> Vec<u8> {
        let mut left = self.durable.clone();
        let cut = random.usize(..=self.pending.len());
        for (number, change) in self.pending.iter().enumerate() {
            let (reaches, is_torn) = match loss {
                Loss::Everything => (false, false),
                Loss::Nothing => (true, false),
                Loss::Tail => (number <= cut, number == cut),
                Loss::Some => (random.bool(), random.u8(..10) == 0),
            };
            if reaches {
                change.reach(&mut left, is_torn.then_some(&mut *random));
            }
        }
        left
    }
}

impl Change {
    /// Reaches the disk, as a whole or up to the end of some sector.
    fn reach(&self, disk: &mut Vec<u8>, torn: Option<&mut fastrand::Rng>) {
        match self {
            Self::Truncate(length) => disk.resize(*length, 0),
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                let sectors = at / SECTOR + 1..=end / SECTOR;
                let end = match torn {
                    Some(random) if !sectors.is_empty() => random.usize(sectors) * SECTOR,
                    _ => end,
                };
                disk.resize(disk.len().max(end), 0);
                disk[*at..end].copy_from_slice(&bytes[..end - at]);
            }
        }
    }
}
