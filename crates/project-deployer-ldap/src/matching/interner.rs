//! Every login of the input, as a number.

use std::cmp::Ordering;

use rayon::iter::{IntoParallelIterator as _, ParallelExtend as _, ParallelIterator as _};

use crate::processors::threads_for;
use crate::texts::{NONE, SortKey, Spelled, StrColumn, TextList, number, position, sort};

/// The logins of several lists. Numbers follow the order of the texts, so the login with the smaller number
/// sorts first.
pub(super) struct LoginInterner {
    logins: TextList,
    /// For each list the numbers of its logins.
    numbers: Vec<Vec<u32>>,
}

impl LoginInterner {
    /// Lists that are already sorted are only merged. All other lists are sorted together first.
    pub(super) fn of(in_order: Vec<&dyn StrColumn>, others: Vec<&dyn StrColumn>) -> Self {
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
        let mut logins = TextList::default();
        while let Some(login) = merge.next_login(|sort_key| {
            let Some(list) = numbers.get_mut(position(sort_key.list())) else { return };
            match list.get_mut(position(sort_key.at())) {
                Some(slot) => *slot = number(logins.len()),
                None => list.push(number(logins.len())),
            }
        }) {
            logins.push(std::str::from_utf8(login).unwrap_or_default());
        }
        logins.shrink_to_fit();
        Self { logins, numbers }
    }

    pub(super) fn len(&self) -> usize {
        self.logins.len()
    }

    /// All numbers.
    pub(super) fn logins(&self) -> std::ops::Range<u32> {
        0..number(self.len())
    }

    pub(super) fn text(&self, login: u32) -> &str {
        self.logins.get(position(login))
    }

    /// The numbers of the logins of a list.
    pub(super) fn of_list(&self, list: usize) -> &[u32] {
        self.numbers.get(list).map(Vec::as_slice).unwrap_or_default()
    }

    /// The number of each of these texts, if it is a login of one of the lists.
    pub(super) fn find_all(&self, texts: &impl StrColumn) -> Vec<Option<u32>> {
        let mut found = vec![None; texts.count()];
        let mut logins = self.logins().peekable();
        for wanted in texts.order() {
            let text = texts.at(position(wanted));
            while let Some(login) = logins.peek().copied() {
                match self.logins.at(position(login)).cmp(text) {
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

fn text_of<'a>(lists: &[&'a dyn StrColumn], sort_key: &SortKey) -> &'a [u8] {
    lists.get(position(sort_key.list())).map_or(&[], |list| list.at(position(sort_key.at())))
}

/// The logins of all lists from the given one on, in order.
fn sorted(lists: &[&dyn StrColumn], from: usize) -> Vec<SortKey> {
    let lists_of = || lists.iter().enumerate().skip(from);
    let count = lists_of().map(|(_, list)| list.count()).sum();
    let mut sort_keys = Vec::with_capacity(count);
    let threads = threads_for(count);
    for (place, list) in lists_of() {
        let sort_key = |at: usize| SortKey::new(number(place), number(at));
        match threads {
            // A first write to that much new memory takes a while.
            Some(threads) => threads.install(|| {
                sort_keys.par_extend((0..list.count()).into_par_iter().map(sort_key));
            }),
            None => sort_keys.extend((0..list.count()).map(sort_key)),
        }
    }
    sort(&mut sort_keys, &|sort_key| text_of(lists, sort_key));
    sort_keys
}

/// Merges the sorted lists with the sorted keys of all other lists.
struct Merge<'l, 'a> {
    lists: &'l [&'a dyn StrColumn],
    /// The next login of each sorted list, and of the other lists.
    heads: Vec<Option<Spelled<'a>>>,
    /// The sort keys of the next login of the other lists, and those of later logins.
    run: &'l [SortKey],
    later: &'l [SortKey],
}

impl<'l, 'a> Merge<'l, 'a> {
    fn new(lists: &'l [&'a dyn StrColumn], in_order: usize, others: &'l [SortKey]) -> Self {
        let mut merge = Self { lists, heads: Vec::new(), run: &[], later: others };
        merge.heads = (0..in_order).map(|list| merge.sort_key(list, 0)).collect();
        let other = merge.other();
        merge.heads.push(other);
        merge
    }

    fn sort_key(&self, list: usize, at: usize) -> Option<Spelled<'a>> {
        let texts = self.lists.get(list).filter(|texts| at < texts.count())?;
        Some(Spelled::new(SortKey::new(number(list), number(at)), texts.at(at)))
    }

    /// Moves to the next login of the other lists.
    fn other(&mut self) -> Option<Spelled<'a>> {
        let first = *self.later.first()?;
        let text = text_of(self.lists, &first);
        let same = |sort_key: &&SortKey| text_of(self.lists, sort_key) == text;
        let length = self.later.iter().skip(1).take_while(same).count() + 1;
        (self.run, self.later) = self.later.split_at_checked(length)?;
        Some(Spelled::new(first, text))
    }

    /// Calls `visit` with every sort key of the next login.
    fn next_login(&mut self, mut visit: impl FnMut(&SortKey)) -> Option<&'a [u8]> {
        let login = *self.heads.iter().flatten().min()?;
        for place in 0..self.heads.len() {
            while let Some(spelled) = self.heads.get(place).copied().flatten()
                && spelled == login
            {
                let next = if place + 1 == self.heads.len() {
                    self.run.iter().for_each(&mut visit);
                    self.other()
                } else {
                    visit(spelled.sort_key());
                    self.sort_key(place, position(spelled.sort_key().at()) + 1)
                };
                if let Some(slot) = self.heads.get_mut(place) {
                    *slot = next;
                }
            }
        }
        Some(login.text())
    }
}
