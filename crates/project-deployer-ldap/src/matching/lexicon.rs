//! Every login that is mentioned anywhere, as a number.

use std::cmp::Ordering;

use rayon::iter::{IntoParallelIterator as _, ParallelExtend as _, ParallelIterator as _};

use crate::processors::threads_for;
use crate::texts::{Mention, NONE, Spelled, TextList, Texted, number, position, sort};

/// The logins of some lists. Their numbers are in the order of their texts, so that a smaller number is
/// a login that comes first.
pub(super) struct Lexicon {
    logins: TextList,
    /// For each list the numbers of its logins.
    numbers: Vec<Vec<u32>>,
}

impl Lexicon {
    /// Lists that are in order already are only merged, with all others, which are sorted as one.
    pub(super) fn of(in_order: Vec<&dyn Texted>, others: Vec<&dyn Texted>) -> Self {
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
        while let Some(login) = merge.next_login(|mention| {
            let Some(list) = numbers.get_mut(position(mention.list())) else { return };
            match list.get_mut(position(mention.at())) {
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

    /// The number of each of these texts, where it is a login of some list.
    pub(super) fn find_all(&self, texts: &impl Texted) -> Vec<Option<u32>> {
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

fn text_of<'a>(lists: &[&'a dyn Texted], mention: &Mention) -> &'a [u8] {
    lists.get(position(mention.list())).map_or(&[], |list| list.at(position(mention.at())))
}

/// The logins of all lists from one on, in order.
fn sorted(lists: &[&dyn Texted], from: usize) -> Vec<Mention> {
    let lists_of = || lists.iter().enumerate().skip(from);
    let count = lists_of().map(|(_, list)| list.count()).sum();
    let mut mentions = Vec::with_capacity(count);
    let threads = threads_for(count);
    for (place, list) in lists_of() {
        let mention = |at: usize| Mention::new(number(place), number(at));
        match threads {
            // So much memory is new that giving it out takes a while.
            Some(threads) => threads.install(|| {
                mentions.par_extend((0..list.count()).into_par_iter().map(mention));
            }),
            None => mentions.extend((0..list.count()).map(mention)),
        }
    }
    sort(&mut mentions, &|mention| text_of(lists, mention));
    mentions
}

/// Goes through some lists in order, and through the sorted mentions of all others.
struct Merge<'l, 'a> {
    lists: &'l [&'a dyn Texted],
    /// The next login of each list, and of the others.
    heads: Vec<Option<Spelled<'a>>>,
    /// The mentions of the next login of the others, and those of later ones.
    run: &'l [Mention],
    later: &'l [Mention],
}

impl<'l, 'a> Merge<'l, 'a> {
    fn new(lists: &'l [&'a dyn Texted], in_order: usize, others: &'l [Mention]) -> Self {
        let mut merge = Self { lists, heads: Vec::new(), run: &[], later: others };
        merge.heads = (0..in_order).map(|list| merge.mention(list, 0)).collect();
        let other = merge.other();
        merge.heads.push(other);
        merge
    }

    fn mention(&self, list: usize, at: usize) -> Option<Spelled<'a>> {
        let texts = self.lists.get(list).filter(|texts| at < texts.count())?;
        Some(Spelled::new(Mention::new(number(list), number(at)), texts.at(at)))
    }

    /// Goes on to the next login of the others.
    fn other(&mut self) -> Option<Spelled<'a>> {
        let first = *self.later.first()?;
        let text = text_of(self.lists, &first);
        let same = |mention: &&Mention| text_of(self.lists, mention) == text;
        let length = self.later.iter().skip(1).take_while(same).count() + 1;
        (self.run, self.later) = self.later.split_at_checked(length)?;
        Some(Spelled::new(first, text))
    }

    /// Calls with every mention of the next login.
    fn next_login(&mut self, mut visit: impl FnMut(&Mention)) -> Option<&'a [u8]> {
        let login = *self.heads.iter().flatten().min()?;
        for place in 0..self.heads.len() {
            while let Some(spelled) = self.heads.get(place).copied().flatten()
                && spelled == login
            {
                let next = if place + 1 == self.heads.len() {
                    self.run.iter().for_each(&mut visit);
                    self.other()
                } else {
                    visit(spelled.mention());
                    self.mention(place, position(spelled.mention().at()) + 1)
                };
                if let Some(slot) = self.heads.get_mut(place) {
                    *slot = next;
                }
            }
        }
        Some(login.text())
    }
}
