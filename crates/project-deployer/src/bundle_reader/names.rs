use std::ops::Range;

use icu_normalizer::{
    ComposingNormalizerBorrowed as ComposingNormalizer,
    DecomposingNormalizerBorrowed as DecomposingNormalizer,
};

use super::distinct_names;
use super::entry::Entry;
use super::error::{BundleError, shown};

/// Sorts before every character of a name, so that the entries of a directory follow it directly,
/// whatever its spelling.
const SEPARATOR: u8 = 1;

/// Refuses names that would collide on a file system that ignores case or normalization: as the
/// same file, as the same directory with two spellings, or as a file that is the directory of
/// another entry.
pub(super) fn check(entries: &[Entry<'_>]) -> Result<(), BundleError> {
    if distinct_names::are_certainly(entries) { Ok(()) } else { compare(entries) }
}

/// Compares the names in order.
fn compare(entries: &[Entry<'_>]) -> Result<(), BundleError> {
    let mut keys = Keys::default();
    let mut sorted: Vec<(Range<usize>, &Entry<'_>)> =
        entries.iter().map(|entry| (keys.add(entry.path()), entry)).collect();
    let key = |range: &Range<usize>| keys.0.get(range.clone()).unwrap_or_default();
    sorted.sort_unstable_by(|(left, _), (right, _)| key(left).cmp(key(right)));
    for pair in sorted.windows(2) {
        let [(first_key, first), (second_key, second)] = pair else { continue };
        if collide((key(first_key), first), (key(second_key), second)) {
            let (first, second) = (shown(first.path()), shown(second.path()));
            return Err(BundleError::CollidingNames { first, second });
        }
    }
    Ok(())
}

/// Whether two entries, neighbours in the order of their keys, collide.
fn collide(
    (first_key, first): (&[u8], &Entry<'_>),
    (second_key, second): (&[u8], &Entry<'_>),
) -> bool {
    match second_key.strip_prefix(first_key) {
        Some([]) => true,
        Some([SEPARATOR, ..]) if !first.is_directory => true,
        _ => spell_differently((first_key, first.path()), (second_key, second.path())),
    }
}

/// The keys of all names, one after the other.
#[derive(Default)]
struct Keys(Vec<u8>);

impl Keys {
    fn add(&mut self, path: &str) -> Range<usize> {
        let start = self.0.len();
        if path.is_ascii() {
            self.0.extend(path.bytes().map(|byte| byte.to_ascii_lowercase()));
        } else {
            self.0.extend_from_slice(folded(path).as_bytes());
        }
        for byte in self.0.iter_mut().skip(start).filter(|byte| **byte == b'/') {
            *byte = SEPARATOR;
        }
        start..self.0.len()
    }
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
fn spell_differently(
    (first_key, first): (&[u8], &str),
    (second_key, second): (&[u8], &str),
) -> bool {
    if first.is_ascii() && second.is_ascii() {
        // A key of ASCII has the length of its path, so the directories are at the same place.
        let common = common_directories(first_key, second_key);
        return first.as_bytes().get(..common) != second.as_bytes().get(..common);
    }
    let mut parts = first.split('/').zip(second.split('/'));
    parts
        .find(|(first, second)| first != second)
        .is_some_and(|(first, second)| folded(first) == folded(second))
}

/// The length of the parts that two keys have in common.
fn common_directories(first: &[u8], second: &[u8]) -> usize {
    let common = first.iter().zip(second).take_while(|(first, second)| first == second).count();
    let ends = |key: &[u8]| key.get(common).is_none_or(|byte| *byte == SEPARATOR);
    if ends(first) && ends(second) {
        return common;
    }
    first.iter().take(common).rposition(|byte| *byte == SEPARATOR).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_parts(first: &str, second: &str) -> bool {
        let mut parts = first.split('/').zip(second.split('/'));
        let differing = parts.find(|(first, second)| first != second);
        differing.is_some_and(|(first, second)| folded(first) == folded(second))
    }

    proptest! {
        #[test]
        fn names_that_are_certainly_distinct_are_those_that_do_not_collide(
            names in prop::collection::vec("(\\./)?[aAb]{1,2}(/[aAbB]{1,2}){0,2}/?", 1..6),
        ) {
            let entries: Vec<Entry<'_>> = names.iter().map(|name| Entry::named(name)).collect();
            prop_assert_eq!(distinct_names::are_certainly(&entries), compare(&entries).is_ok(), "{:?}", names);
        }

        #[test]
        fn spellings_of_ascii_are_compared_as_part_by_part(
            first in "[aAb]{1,2}(/[aAb]{1,2}){0,3}",
            second in "[aAb]{1,2}(/[aAb]{1,2}){0,3}",
        ) {
            let mut keys = Keys::default();
            let (one, other) = (keys.add(&first), keys.add(&second));
            let found = spell_differently((&keys.0[one], &first), (&keys.0[other], &second));
            prop_assert_eq!(found, by_parts(&first, &second), "{} {}", first, second);
        }
    }
}
