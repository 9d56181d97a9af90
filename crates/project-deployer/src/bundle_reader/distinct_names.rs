use std::collections::HashSet;
use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;

use super::entry::Entry;

/// Whether one pass shows that no two names collide, as it does for almost every archive. It compares numbers made
/// from the names; `false` means only that the names themselves have to be compared.
pub(super) fn are_certainly(entries: &[Entry<'_>]) -> bool {
    if !entries.iter().all(|entry| entry.name().is_ascii()) {
        return false;
    }
    let mut keys = Keys { state: RandomState::default(), lower: Vec::new() };
    let folders = folders(entries);
    let (mut directories, mut others) = (Vec::new(), Vec::with_capacity(entries.len()));
    for entry in entries {
        let list = if entry.is_directory { &mut directories } else { &mut others };
        list.push(keys.of(entry.path()));
    }
    // Each spelling of a folder is in the list once. Two with the same key are two spellings, and a file
    // with this key is the folder of another entry.
    others.extend(folders.into_iter().map(|folder| keys.of(folder)));
    [directories, others].into_iter().all(is_without_repetition)
}

fn is_without_repetition(mut keys: Vec<u64>) -> bool {
    keys.sort_unstable();
    keys.windows(2).all(|pair| matches!(pair, [first, second] if first != second))
}

/// Every folder as it is spelled: those that are entries, and those above other entries.
fn folders<'a>(entries: &[Entry<'a>]) -> HashSet<&'a str, RandomState> {
    let mut folders: HashSet<&'a str, RandomState> = HashSet::default();
    let mut last = "";
    for entry in entries {
        let path = entry.path();
        let mut folder = if entry.is_directory { Some(path) } else { parent(path) };
        // Entries of one folder often follow each other.
        while let Some(path) = folder.filter(|path| *path != last && folders.insert(path)) {
            folder = parent(path);
        }
        last = parent(path).unwrap_or_default();
    }
    folders
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

/// Numbers for names without case. An attacker does not know them in advance, and could only bring about that names
/// are compared.
struct Keys {
    state: RandomState,
    lower: Vec<u8>,
}

impl Keys {
    fn of(&mut self, path: &str) -> u64 {
        self.lower.clear();
        self.lower.extend_from_slice(path.as_bytes());
        self.lower.make_ascii_lowercase();
        self.state.hash_one(self.lower.as_slice())
    }
}
