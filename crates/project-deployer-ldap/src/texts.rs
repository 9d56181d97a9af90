//! Many short texts in one contiguous buffer.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;

mod ends;
mod sort_key;

use ends::Ends;
pub(crate) use sort_key::{SortKey, Spelled, sort};

/// Means "no number".
pub(crate) const NONE: u32 = u32::MAX;

/// A position as a 32-bit number. More than four thousand million texts do not fit into the memory that
/// this crate is made for.
pub(crate) fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(NONE)
}

/// The position of a number.
pub(crate) fn position(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Texts by position, in the order of insertion.
#[derive(Clone, Default)]
pub(crate) struct TextList {
    text: String,
    ends: Ends,
}

impl std::fmt::Debug for TextList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl TextList {
    pub(crate) const fn new() -> Self {
        Self { text: String::new(), ends: Ends::new() }
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text at a position; empty if there is none.
    pub(crate) fn get(&self, position: usize) -> &str {
        self.text.get(self.ends.range(position)).unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|position| self.get(position))
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Texts by position, in any storage. They are returned as bytes, which have the same order as the texts.
pub(crate) trait StrColumn: Sync {
    fn count(&self) -> usize;

    /// The text at a position; empty if there is none.
    fn at(&self, position: usize) -> &[u8];

    /// The positions in the order of their texts. Equal texts keep the order of their positions.
    fn order(&self) -> Vec<u32> {
        sort_key::order(self)
    }

    /// A position with this text. The texts must be sorted.
    fn binary_search(&self, text: &str) -> Option<usize> {
        let text = text.as_bytes();
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = low.midpoint(high);
            if self.at(middle) < text { low = middle + 1 } else { high = middle }
        }
        (low < self.count() && self.at(low) == text).then_some(low)
    }
}

impl StrColumn for TextList {
    fn count(&self) -> usize {
        self.len()
    }

    fn at(&self, position: usize) -> &[u8] {
        self.text.as_bytes().get(self.ends.range(position)).unwrap_or_default()
    }
}

/// Texts, each stored once and identified by a number.
#[derive(Clone, Default)]
pub(crate) struct Interner {
    bytes: Vec<u8>,
    ends: Ends,
    /// A hash table with open addressing: each number is at the slot of its text's hash, or at the next free
    /// slot.
    table: Vec<u32>,
    hasher: RandomState,
}

impl Interner {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of a text. A new text gets a new number.
    pub(crate) fn intern(&mut self, text: &[u8]) -> u32 {
        if self.ends.len() >= self.table.len() / 5 * 4 {
            self.grow();
        }
        let place = self.place(text);
        let known = self.table.get(place).copied().unwrap_or(NONE);
        if known != NONE {
            return known;
        }
        let fresh = number(self.ends.len());
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        if let Some(slot) = self.table.get_mut(place) {
            *slot = fresh;
        }
        fresh
    }

    /// The number of a text, if it is stored.
    pub(crate) fn find(&self, text: &[u8]) -> Option<u32> {
        self.table.get(self.place(text)).copied().filter(|number| *number != NONE)
    }

    /// The text of a number; empty if there is none.
    pub(crate) fn get(&self, number: u32) -> &[u8] {
        self.bytes.get(self.ends.range(position(number))).unwrap_or_default()
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// The slot of a text, or the free slot for it. The table always has a free slot.
    fn place(&self, text: &[u8]) -> usize {
        let mask = self.table.len().wrapping_sub(1);
        let hash = self.hasher.hash_one(text);
        let mut place = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or_default() & mask;
        while let Some(known) = self.table.get(place) {
            if *known == NONE || self.get(*known) == text {
                break;
            }
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(16);
        self.table.clear();
        self.table.resize(size, NONE);
        for known in 0..number(self.ends.len()) {
            let place = self.place(self.get(known));
            if let Some(slot) = self.table.get_mut(place) {
                *slot = known;
            }
        }
    }
}

impl StrColumn for Interner {
    fn count(&self) -> usize {
        self.len()
    }

    fn at(&self, position: usize) -> &[u8] {
        self.get(number(position))
    }
}

/// The members of many groups, in one contiguous buffer.
#[derive(Clone, Default)]
pub(crate) struct Groups {
    ends: Vec<u32>,
    members: Vec<u32>,
}

impl Groups {
    /// Groups from pairs of a group and a member, in the order of the pairs.
    pub(crate) fn of(groups: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut ends = vec![0_u32; groups];
        for (group, _) in pairs.clone() {
            if let Some(count) = ends.get_mut(position(group)) {
                *count += 1;
            }
        }
        let mut begin = 0;
        for end in &mut ends {
            let count = *end;
            *end = begin;
            begin += count;
        }
        let mut members = vec![0; position(begin)];
        // Each end is first at the beginning of its group, and moves as the group fills.
        for (group, member) in pairs {
            let Some(end) = ends.get_mut(position(group)) else { continue };
            if let Some(slot) = members.get_mut(position(*end)) {
                *slot = member;
            }
            *end += 1;
        }
        Self { ends, members }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, group: u32) -> &[u32] {
        let group = position(group);
        let before = group.checked_sub(1).and_then(|before| self.ends.get(before));
        let begin = before.copied().map_or(0, position);
        let end = self.ends.get(group).copied().map_or(0, position);
        self.members.get(begin..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_however_often_it_comes() {
        let mut pool = Interner::default();
        assert_eq!(pool.find(b"a"), None);
        let numbers: Vec<u32> =
            (0..1_000).map(|round| pool.intern(format!("{}", round % 100).as_bytes())).collect();
        assert_eq!((pool.len(), numbers[7], numbers[907]), (100, 7, 7));
        assert_eq!(
            (pool.get(42), pool.find(b"42"), pool.find(b"100")),
            (&b"42"[..], Some(42), None)
        );
        assert_eq!(pool.intern(b""), 100);
        assert_eq!(pool.get(100), b"");
    }

    #[test]
    fn members_stay_in_order_within_their_group() {
        let groups = Groups::of(4, [(2, 9), (0, 5), (2, 1), (7, 3)].into_iter());
        assert_eq!(groups.get(0), [5]);
        assert_eq!(groups.get(1), [0; 0]);
        assert_eq!(groups.get(2), [9, 1]);
        assert_eq!(groups.get(9), [0; 0]);
    }

    #[test]
    fn texts_are_found_by_position_and_by_text() {
        let mut texts = TextList::default();
        ["", "ann", "bob", "b\u{f8}"].iter().for_each(|text| texts.push(text));
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["", "ann", "bob", "b\u{f8}"]);
        assert_eq!((texts.binary_search("bob"), texts.binary_search("cy")), (Some(2), None));
        assert_eq!(texts.get(9), "");
    }
}
