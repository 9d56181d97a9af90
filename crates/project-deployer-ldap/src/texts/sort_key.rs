use std::cmp::Ordering;

use rayon::iter::{IntoParallelRefMutIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::StrColumn;
use crate::processors::{MANY, threads_for};

/// A text of one of several lists. Texts are far apart in memory, so the key holds the beginning of its
/// text: few comparisons need more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SortKey {
    /// Bytes of the text from the current position of comparison, padded with zeros.
    parts: [u64; PARTS],
    /// High bits: how many bytes the parts hold, or [`OVERFLOW`]. Low bits: the list.
    tail: u32,
    at: u32,
}

const PARTS: usize = 3;
const PART: usize = size_of::<u64>();
/// The number of bytes that a key holds.
const HELD: usize = PARTS * PART;
/// The number of bytes if the text has more than the key holds.
const OVERFLOW: u32 = HELD as u32 + 1;
/// The number of bits for the number of a list. No installation has so many locations.
const LIST_BITS: u32 = 27;
/// From this position on, texts that are equal so far are compared as a whole.
const FAR: usize = 40 * HELD;

const _: () = assert!(OVERFLOW < 1 << (u32::BITS - LIST_BITS));

impl SortKey {
    /// The text of a list at a position.
    pub(crate) fn new(list: u32, at: u32) -> Self {
        Self { parts: [0; PARTS], tail: list & ((1 << LIST_BITS) - 1), at }
    }

    pub(crate) fn list(&self) -> u32 {
        self.tail & ((1 << LIST_BITS) - 1)
    }

    pub(crate) fn at(&self) -> u32 {
        self.at
    }

    fn hold(&mut self, rest: &[u8]) {
        let mut behind = rest;
        self.parts = self.parts.map(|_| match behind.split_first_chunk() {
            Some((part, more)) => {
                behind = more;
                u64::from_be_bytes(*part)
            }
            None => {
                let mut part = [0; PART];
                part.iter_mut()
                    .zip(std::mem::take(&mut behind))
                    .for_each(|(slot, byte)| *slot = *byte);
                u64::from_be_bytes(part)
            }
        });
        let length = u32::try_from(rest.len()).unwrap_or(OVERFLOW).min(OVERFLOW);
        self.tail = (length << LIST_BITS) | self.list();
    }

    fn goes_on(&self) -> bool {
        self.tail >> LIST_BITS == OVERFLOW
    }

    fn part(&self, number: usize) -> u64 {
        self.parts.get(number).copied().unwrap_or_default()
    }
}

/// A sort key with its text. Two are equal if their texts are equal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelled<'a> {
    sort_key: SortKey,
    text: &'a [u8],
}

impl<'a> Spelled<'a> {
    pub(crate) fn new(sort_key: SortKey, text: &'a [u8]) -> Self {
        let mut sort_key = sort_key;
        sort_key.hold(text);
        Self { sort_key, text }
    }

    pub(crate) fn sort_key(&self) -> &SortKey {
        &self.sort_key
    }

    pub(crate) fn text(&self) -> &'a [u8] {
        self.text
    }
}

impl Ord for Spelled<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (&self.sort_key, &other.sort_key);
        let held = |sort_key: &SortKey| (sort_key.parts, sort_key.tail >> LIST_BITS);
        match held(one).cmp(&held(two)) {
            Ordering::Equal if one.goes_on() => self.text.cmp(other.text),
            order => order,
        }
    }
}

impl PartialOrd for Spelled<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Spelled<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Spelled<'_> {}

/// The text of a sort key.
pub(crate) trait TextOf<'t>: Fn(&SortKey) -> &'t [u8] + Sync {}

impl<'t, F: Fn(&SortKey) -> &'t [u8] + Sync> TextOf<'t> for F {}

/// Sorts by text, then by list and position.
pub(crate) fn sort<'t>(sort_keys: &mut [SortKey], text: &impl TextOf<'t>) {
    match threads_for(sort_keys.len()) {
        Some(threads) => {
            let sorter = Sorter { text, spreads: true };
            threads.install(|| sorter.sort(sort_keys, 0));
        }
        None => Sorter { text, spreads: false }.sort(sort_keys, 0),
    }
}

/// The positions of a list in the order of their texts. Equal texts keep the order of their positions.
pub(super) fn order(texts: &(impl StrColumn + ?Sized)) -> Vec<u32> {
    let count = super::number(texts.count());
    let mut sort_keys: Vec<SortKey> = (0..count).map(|at| SortKey::new(0, at)).collect();
    sort(&mut sort_keys, &|sort_key| texts.at(super::position(sort_key.at)));
    sort_keys.into_iter().map(|sort_key| sort_key.at).collect()
}

/// Sorts the keys. Many keys are sorted on all threads of the current pool.
struct Sorter<'s, T> {
    text: &'s T,
    spreads: bool,
}

impl<'t, T: TextOf<'t>> Sorter<'_, T> {
    /// Sorts texts that are equal up to `from`.
    fn sort(&self, sort_keys: &mut [SortKey], from: usize) {
        if from > FAR {
            sort_keys.sort_unstable_by(|one, other| self.whole(one, other));
            return;
        }
        let text = self.text;
        let hold = |sort_key: &mut SortKey| {
            sort_key.hold(text(sort_key).get(from..).unwrap_or_default());
        };
        if self.spreads(sort_keys) {
            sort_keys.par_iter_mut().for_each(hold);
        } else {
            sort_keys.iter_mut().for_each(hold);
        }
        self.sort_part(sort_keys, 0, from);
    }

    /// Sorts keys that are equal in the parts before this one.
    fn sort_part(&self, sort_keys: &mut [SortKey], part: usize, from: usize) {
        if part == PARTS {
            return self.sort_rest(sort_keys, from);
        }
        let same = |one: &SortKey, other: &SortKey| one.part(part) == other.part(part);
        let next = |same: &mut [SortKey]| {
            if same.len() > 1 {
                self.sort_part(same, part + 1, from);
            }
        };
        if self.spreads(sort_keys) {
            sort_keys.par_sort_unstable_by_key(|sort_key| sort_key.part(part));
            sort_keys.par_chunk_by_mut(same).for_each(next);
        } else {
            sort_keys.sort_unstable_by_key(|sort_key| sort_key.part(part));
            sort_keys.chunk_by_mut(same).for_each(next);
        }
    }

    /// Sorts keys that are equal in all parts.
    fn sort_rest(&self, sort_keys: &mut [SortKey], from: usize) {
        // The number of bytes distinguishes the end of a text from a NUL.
        sort_keys.sort_unstable_by_key(|sort_key| (sort_key.tail, sort_key.at));
        let ended = sort_keys.partition_point(|sort_key| !sort_key.goes_on());
        let (_, longer) = sort_keys.split_at_mut(ended);
        if longer.len() > 1 {
            self.sort(longer, from + HELD);
        }
    }

    fn spreads(&self, sort_keys: &[SortKey]) -> bool {
        self.spreads && sort_keys.len() >= MANY
    }

    fn whole(&self, one: &SortKey, other: &SortKey) -> Ordering {
        let place = |sort_key: &SortKey| (sort_key.list(), sort_key.at);
        let (text, other_text) = ((self.text)(one), (self.text)(other));
        text.cmp(other_text).then_with(|| place(one).cmp(&place(other)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::texts::{TextList, position};

    fn sorts(texts: &[&str]) {
        let mut list = TextList::default();
        texts.iter().for_each(|text| list.push(text));
        let mut expected: Vec<u32> = (0..).take(texts.len()).collect();
        expected.sort_by_key(|at| (list.get(position(*at)), *at));
        assert_eq!(list.order(), expected);
    }

    #[test]
    fn texts_are_sorted_as_texts() {
        let long = "a".repeat(8);
        sorts(&["b", "", &long, "aa", &format!("{long}b"), "a\0", "a", "b", &long, "\u{f8}"]);
        let [held, more] = [24, 25].map(|length| "x".repeat(length));
        sorts(&[&more, &held, &format!("{held}\0"), "x", &format!("{more}a"), &more, &held]);
        sorts(&["a\0\0", "a\0", "a", "a\0", "a\0\0b", ""]);
    }

    #[test]
    fn long_texts_that_are_the_same_need_no_deep_stack() {
        // R6
        let text = "a".repeat(1 << 20);
        sorts(&[&text, &format!("{text}b"), &text, &format!("{text}a"), "b"]);
    }

    #[test]
    fn many_texts_are_sorted_as_few_are() {
        // R10
        let text = |number: usize| match number % 3 {
            0 => format!("EXAMPLE\\user{:06}", number * 7_919 % 50_000),
            1 => format!("EXAMPLE\\user{:030}", number % 100),
            _ => "x".repeat(number % 60),
        };
        let texts: Vec<String> = (0..3 * MANY).map(text).collect();
        sorts(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn of_equal_texts_the_first_list_comes_first() {
        let mut sort_keys =
            [(2, 0), (0, 7), (1, 3), (0, 1)].map(|(list, at)| SortKey::new(list, at));
        sort(&mut sort_keys, &|_| b"the same text in more than twenty-four bytes");
        let places = sort_keys.map(|sort_key| (sort_key.list(), sort_key.at()));
        assert_eq!(places, [(0, 1), (0, 7), (1, 3), (2, 0)]);
    }

    proptest! {
        #[test]
        fn any_texts_of_any_lists_are_sorted_and_compared_as_texts(
            texts in prop::collection::vec((0..3_u32, "(x{23,26}|x{955,965})?[ab\\x00\u{fc}]{0,3}"), 0..30),
        ) {
            let text = |sort_key: &SortKey| texts[position(sort_key.at())].1.as_bytes();
            let mut sort_keys: Vec<SortKey> = (0..)
                .zip(&texts)
                .map(|(at, (list, _))| SortKey::new(*list, at))
                .collect();
            let mut expected = sort_keys.clone();
            expected.sort_by_key(|sort_key| (text(sort_key), sort_key.list(), sort_key.at()));
            sort(&mut sort_keys, &text);
            let places = |sort_keys: &[SortKey]| -> Vec<(u32, u32)> {
                sort_keys.iter().map(|sort_key| (sort_key.list(), sort_key.at())).collect()
            };
            prop_assert_eq!(places(&sort_keys), places(&expected));
            for pair in sort_keys.windows(2) {
                let spelled = |sort_key: &SortKey| Spelled::new(*sort_key, text(sort_key));
                let order = text(&pair[0]).cmp(text(&pair[1]));
                prop_assert_eq!(spelled(&pair[0]).cmp(&spelled(&pair[1])), order);
            }
        }
    }
}
