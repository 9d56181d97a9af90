use std::cmp::Ordering;

use rayon::iter::{IntoParallelRefMutIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

use super::Texted;

/// A text of one of several lists. Texts are far away from each other in memory, so it holds the beginning
/// of its own: few comparisons need more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mention {
    /// Bytes of the text, from where texts are compared now, with zeros behind its end.
    parts: [u64; PARTS],
    /// Above, how many bytes the parts hold, or [`GOES_ON`]; below, the list.
    tail: u32,
    at: u32,
}

const PARTS: usize = 3;
const PART: usize = size_of::<u64>();
/// So many bytes are held.
const HELD: usize = PARTS * PART;
/// Stands for the number of bytes where the text has more of them.
const GOES_ON: u32 = HELD as u32 + 1;
/// How many bits the number of a list has. Nobody has so many locations.
const LIST_BITS: u32 = 27;
/// Texts that are the same so far are compared as a whole then.
const FAR: usize = 40 * HELD;

const _: () = assert!(GOES_ON < 1 << (u32::BITS - LIST_BITS));

impl Mention {
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
        let length = u32::try_from(rest.len()).unwrap_or(GOES_ON).min(GOES_ON);
        self.tail = (length << LIST_BITS) | self.list();
    }

    fn goes_on(&self) -> bool {
        self.tail >> LIST_BITS == GOES_ON
    }

    fn part(&self, number: usize) -> u64 {
        self.parts.get(number).copied().unwrap_or_default()
    }
}

/// A mention with its text. Two are equal when their texts are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelled<'a> {
    mention: Mention,
    text: &'a [u8],
}

impl<'a> Spelled<'a> {
    pub(crate) fn new(mention: Mention, text: &'a [u8]) -> Self {
        let mut mention = mention;
        mention.hold(text);
        Self { mention, text }
    }

    pub(crate) fn mention(&self) -> &Mention {
        &self.mention
    }

    pub(crate) fn text(&self) -> &'a [u8] {
        self.text
    }
}

impl Ord for Spelled<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (&self.mention, &other.mention);
        let held = |mention: &Mention| (mention.parts, mention.tail >> LIST_BITS);
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

/// Where a mention has its text.
pub(crate) trait TextOf<'t>: Fn(&Mention) -> &'t [u8] + Sync {}

impl<'t, F: Fn(&Mention) -> &'t [u8] + Sync> TextOf<'t> for F {}

/// Sorts by text, then by list and position, on all processors.
pub(crate) fn sort<'t>(mentions: &mut [Mention], text: &impl TextOf<'t>) {
    mentions.par_iter_mut().for_each(|mention| mention.hold(text(mention)));
    mentions.par_sort_unstable_by_key(|mention| mention.part(0));
    let same = mentions.par_chunk_by_mut(|one, other| one.part(0) == other.part(0));
    same.for_each(|same| sort_part(same, 1, 0, text));
}

/// The positions of a list in the order of their texts; of equal texts the first comes first.
pub(super) fn order(texts: &(impl Texted + ?Sized)) -> Vec<u32> {
    let count = super::number(texts.count());
    let mut mentions: Vec<Mention> = (0..count).map(|at| Mention::new(0, at)).collect();
    sort(&mut mentions, &|mention| texts.at(super::position(mention.at)));
    mentions.into_iter().map(|mention| mention.at).collect()
}

/// Sorts texts that are the same up to `from`.
fn sort_from<'t>(mentions: &mut [Mention], from: usize, text: &impl TextOf<'t>) {
    if from > FAR {
        mentions.sort_unstable_by(|one, other| whole(one, other, text));
        return;
    }
    for mention in mentions.iter_mut() {
        mention.hold(text(mention).get(from..).unwrap_or_default());
    }
    sort_part(mentions, 0, from, text);
}

/// Sorts what is the same in the parts before this one.
fn sort_part<'t>(mentions: &mut [Mention], part: usize, from: usize, text: &impl TextOf<'t>) {
    if part < PARTS {
        mentions.sort_unstable_by_key(|mention| mention.part(part));
        let same = mentions.chunk_by_mut(|one, other| one.part(part) == other.part(part));
        return same.filter(|same| same.len() > 1).for_each(|same| {
            sort_part(same, part + 1, from, text);
        });
    }
    // The number of bytes tells an end from a NUL.
    mentions.sort_unstable_by_key(|mention| (mention.tail, mention.at));
    let ended = mentions.partition_point(|mention| !mention.goes_on());
    let (_, longer) = mentions.split_at_mut(ended);
    if longer.len() > 1 {
        sort_from(longer, from + HELD, text);
    }
}

fn whole<'t>(one: &Mention, other: &Mention, text: &impl TextOf<'t>) -> Ordering {
    let place = |mention: &Mention| (mention.list(), mention.at);
    text(one).cmp(text(other)).then_with(|| place(one).cmp(&place(other)))
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
    fn of_equal_texts_the_first_list_comes_first() {
        let mut mentions =
            [(2, 0), (0, 7), (1, 3), (0, 1)].map(|(list, at)| Mention::new(list, at));
        sort(&mut mentions, &|_| b"the same text in more than twenty-four bytes");
        let places = mentions.map(|mention| (mention.list(), mention.at()));
        assert_eq!(places, [(0, 1), (0, 7), (1, 3), (2, 0)]);
    }

    proptest! {
        #[test]
        fn any_texts_of_any_lists_are_sorted_and_compared_as_texts(
            texts in prop::collection::vec((0..3_u32, "(x{23,26}|x{955,965})?[ab\\x00\u{fc}]{0,3}"), 0..30),
        ) {
            let text = |mention: &Mention| texts[position(mention.at())].1.as_bytes();
            let mut mentions: Vec<Mention> = (0..)
                .zip(&texts)
                .map(|(at, (list, _))| Mention::new(*list, at))
                .collect();
            let mut expected = mentions.clone();
            expected.sort_by_key(|mention| (text(mention), mention.list(), mention.at()));
            sort(&mut mentions, &text);
            let places = |mentions: &[Mention]| -> Vec<(u32, u32)> {
                mentions.iter().map(|mention| (mention.list(), mention.at())).collect()
            };
            prop_assert_eq!(places(&mentions), places(&expected));
            for pair in mentions.windows(2) {
                let spelled = |mention: &Mention| Spelled::new(*mention, text(mention));
                let order = text(&pair[0]).cmp(text(&pair[1]));
                prop_assert_eq!(spelled(&pair[0]).cmp(&spelled(&pair[1])), order);
            }
        }
    }
}
