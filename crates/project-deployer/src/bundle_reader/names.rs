use icu_normalizer::{
    ComposingNormalizerBorrowed as ComposingNormalizer,
    DecomposingNormalizerBorrowed as DecomposingNormalizer,
};

use super::entry::Entry;
use super::error::{BundleError, shown};

/// Refuses names that would collide on a file system that ignores case or normalization: as the
/// same file, as the same directory with two spellings, or as a file that is the directory of
/// another entry.
pub(super) fn check(entries: &[Entry]) -> Result<(), BundleError> {
    let mut keys: Vec<(String, &Entry)> = entries.iter().map(|entry| (key(entry), entry)).collect();
    keys.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    for pair in keys.windows(2) {
        let [(first_key, first), (second_key, second)] = pair else { continue };
        let below = second_key.strip_prefix(first_key.as_str());
        let collide = match below {
            Some("") => true,
            Some(rest) if rest.starts_with(SEPARATOR) && !first.is_directory => true,
            _ => spell_differently(first.path(), second.path()),
        };
        if collide {
            let (first, second) = (shown(first.path()), shown(second.path()));
            return Err(BundleError::CollidingNames { first, second });
        }
    }
    Ok(())
}

/// Sorts before every character of a name, so that the entries of a directory follow it directly,
/// whatever its spelling.
const SEPARATOR: char = '\u{1}';

fn key(entry: &Entry) -> String {
    folded(entry.path()).replace('/', "\u{1}")
}

/// The text without case, in one Unicode normalization form (caseless matching of canonical
/// equivalents). Upper case first: some letters have one upper case and two lower cases.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let apart = DecomposingNormalizer::new_nfd().normalize(text);
    let caseless = apart.to_uppercase().to_lowercase();
    ComposingNormalizer::new_nfc().normalize(&caseless).into_owned()
}

/// Whether two paths have a common directory with different spellings.
fn spell_differently(first: &str, second: &str) -> bool {
    let mut parts = first.split('/').zip(second.split('/'));
    parts
        .find(|(first, second)| first != second)
        .is_some_and(|(first, second)| folded(first) == folded(second))
}
