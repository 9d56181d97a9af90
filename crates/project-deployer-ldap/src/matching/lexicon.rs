//! Every login that is mentioned anywhere, as a number.

use std::cmp::Ordering;

use crate::texts::{NONE, Sorted, TextList, Texted, number, position};

/// The logins of some lists. Their numbers are in the order of their texts, so that a smaller number is
/// a login that comes first.
pub(super) struct Lexicon<'a> {
    lists: Vec<&'a dyn Texted>,
    /// For each login a list that has it, and where.
    spots: Vec<(u32, u32)>,
    /// For each list the numbers of its logins.
    numbers: Vec<Vec<u32>>,
}

impl<'a> Lexicon<'a> {
    /// Lists that are in order already are only merged, with all others, which are sorted as one.
    pub(super) fn of(in_order: Vec<&'a dyn Texted>, others: Vec<&'a dyn Texted>) -> Self {
        let sorted_lists = in_order.len();
        let mut lists = in_order;
        lists.extend(others);
        let others = sorted(&lists, sorted_lists);
        let mut numbers: Vec<Vec<u32>> =
            lists.iter().map(|list| Vec::with_capacity(list.count())).collect();
        for list in numbers.iter_mut().skip(sorted_lists) {
            list.resize(list.capacity(), NONE);
        }
        let mut merge = Merge::new(&lists, sorted_lists, &others);
        let mut spots: Vec<(u32, u32)> = Vec::new();
        while let Some(first) = merge.next_login(|mention| {
            let Some(list) = numbers.get_mut(position(mention.list)) else { return };
            match list.get_mut(position(mention.at)) {
                Some(slot) => *slot = number(spots.len()),
                None => list.push(number(spots.len())),
            }
        }) {
            spots.push((first.list, first.at));
        }
        spots.shrink_to_fit();
        Self { lists, spots, numbers }
    }

    pub(super) fn len(&self) -> usize {
        self.spots.len()
    }

    /// All numbers.
    pub(super) fn logins(&self) -> std::ops::Range<u32> {
        0..number(self.len())
    }

    pub(super) fn text(&self, login: u32) -> &'a str {
        let spot = self.spots.get(position(login));
        spot.map_or("", |spot| text_of(&self.lists, *spot))
    }

    /// The numbers of the logins of a list.
    pub(super) fn of_list(&self, list: usize) -> &[u32] {
        self.numbers.get(list).map(Vec::as_slice).unwrap_or_default()
    }

    /// The number of each of these texts, where it is a login of some list.
    pub(super) fn find_all(&self, texts: &TextList) -> Vec<Option<u32>> {
        let mut found = vec![None; texts.len()];
        let mut logins = self.logins().peekable();
        for wanted in texts.order() {
            let text = texts.get(position(wanted));
            while let Some(login) = logins.peek().copied() {
                match self.text(login).cmp(text) {
                    Ordering::Less => logins.next(),
                    Ordering::Equal => {
                        if let Some(slot) = found.get_mut(position(wanted)) {
                            *slot = Some(login);
                        }
                        break;
                    }
                    Ordering::Greater => break,
                };
            }
        }
        found
    }
}

fn text_of<'a>(lists: &[&'a dyn Texted], (list, at): (u32, u32)) -> &'a str {
    lists.get(position(list)).map_or("", |list| list.at(position(at)))
}

/// The logins of all lists from one on, in order.
fn sorted(lists: &[&dyn Texted], from: usize) -> Vec<Sorted> {
    let lists_of = || lists.iter().enumerate().skip(from);
    let mut sorted = Vec::with_capacity(lists_of().map(|(_, list)| list.count()).sum());
    for (place, list) in lists_of() {
        let mention = |at: usize| Sorted::new(list.at(at), number(place), number(at));
        sorted.extend((0..list.count()).map(mention));
    }
    sorted.sort_unstable_by(|one, other| {
        one.cmp_with(other, |mention| text_of(lists, (mention.list, mention.at)))
    });
    sorted
}

/// Goes through some lists in order, and through the sorted mentions of all others.
struct Merge<'l, 'a> {
    lists: &'l [&'a dyn Texted],
    heads: Vec<Option<Sorted>>,
    others: std::slice::Iter<'l, Sorted>,
}

impl<'l, 'a> Merge<'l, 'a> {
    fn new(lists: &'l [&'a dyn Texted], in_order: usize, others: &'l [Sorted]) -> Self {
        let mut merge = Self { lists, heads: Vec::new(), others: others.iter() };
        merge.heads = (0..in_order).map(|list| merge.mention(list, 0)).collect();
        let first = merge.others.next().copied();
        merge.heads.push(first);
        merge
    }

    fn mention(&self, list: usize, at: usize) -> Option<Sorted> {
        let texts = self.lists.get(list).filter(|texts| at < texts.count())?;
        Some(Sorted::new(texts.at(at), number(list), number(at)))
    }

    fn text(&self, mention: &Sorted) -> &'a str {
        text_of(self.lists, (mention.list, mention.at))
    }

    /// Calls with every mention of the next login, and returns one of them.
    fn next_login(&mut self, mut visit: impl FnMut(Sorted)) -> Option<Sorted> {
        let heads = self.heads.iter().flatten().copied();
        let first = heads.min_by(|one, other| one.cmp_with(other, |mention| self.text(mention)))?;
        for place in 0..self.heads.len() {
            while let Some(head) = self.heads.get(place).copied().flatten()
                && head.has_text_of(&first, |mention| self.text(mention))
            {
                visit(head);
                let next = if place + 1 == self.heads.len() {
                    self.others.next().copied()
                } else {
                    self.mention(place, position(head.at) + 1)
                };
                if let Some(slot) = self.heads.get_mut(place) {
                    *slot = next;
                }
            }
        }
        Some(first)
    }
}
