//! The logins that a scan finds, and who gets each.

use std::collections::{BTreeMap, HashMap};

use super::entries::EntryTable;
use super::importable::{AUTHORIZED, UNAUTHORIZED};
use super::login_texts::LoginTexts;
use crate::fetched::Reason;
use crate::texts::{NONE, StrColumn as _, number, position};

/// How many entries of one login are stored: enough to show which they are. A mistake in the settings can
/// make every entry match one login.
pub(super) const SHOWN: usize = 10;

/// The logins that were found, in the order of the directory or in that of the logins.
pub(super) struct FoundLogins<'a> {
    pub(super) logins: LoginTexts<'a>,
    /// For each login its entry, and the number of its authorization.
    pub(super) candidates: Vec<(u32, u32)>,
    /// The entries of logins that have several.
    pub(super) several: HashMap<u32, Several>,
    /// For each login its value in the directory, where rules remap logins. Without rules both are the same.
    pub(super) usernames: Vec<u32>,
    /// The logins by which the user filter does not certainly find their own entry, with the reason.
    pub(super) lost: HashMap<u32, Reason>,
}

/// The entries of a login that has several.
#[derive(Debug, Clone)]
pub(super) struct Several {
    pub(super) entries: Vec<u32>,
    /// Why the listing does not prove that the directory finds several.
    pub(super) doubt: Option<Reason>,
}

impl<'a> FoundLogins<'a> {
    pub(super) fn new(logins: LoginTexts<'a>) -> Self {
        let (several, lost) = (HashMap::new(), HashMap::new());
        Self { logins, candidates: Vec::new(), several, usernames: Vec::new(), lost }
    }

    pub(super) fn push(
        &mut self,
        value: u32,
        login: &str,
        candidate: (u32, u32),
        several: Option<Several>,
    ) {
        self.logins.push(value, login);
        self.push_candidate(candidate, several);
    }

    fn push_candidate(&mut self, candidate: (u32, u32), several: Option<Several>) {
        if let Some(several) = several {
            self.several.insert(number(self.candidates.len()), several);
        }
        self.candidates.push(candidate);
    }

    fn entries(&self, at: u32) -> Vec<u32> {
        let only = || self.candidates.get(position(at)).map(|(entry, _)| *entry);
        match self.several.get(&at) {
            Some(several) => several.entries.clone(),
            None => only().into_iter().collect(),
        }
    }

    /// The logins in order, each once. `doubt`: why the listing proves nothing about anybody.
    pub(super) fn sorted(self, people: &EntryTable, doubt: Option<&Reason>) -> Self {
        let order = self.logins.order();
        let mut sorted = Self::new(self.logins.emptied());
        let same = |one: &u32, other: &u32| self.logins.same(position(*one), position(*other));
        for of_login in order.chunk_by(same) {
            let Some((first, others)) = of_login.split_first() else { continue };
            let several = !others.is_empty() || self.several.contains_key(first);
            let entries = several.then(|| self.merged(people, *first, others));
            let entries = entries.filter(|entries| entries.len() > 1);
            let entries = entries
                .map(|entries| Several { entries, doubt: self.doubt_of_several(of_login, doubt) });
            sorted.logins.push_from(&self.logins, position(*first));
            sorted.push_candidate(self.candidate(of_login), entries);
        }
        sorted.logins.shrink_to_fit();
        sorted.candidates.shrink_to_fit();
        sorted
    }

    /// Why the listing does not prove that several entries get one login. Entries with one login in the
    /// directory are several only if the server finds them all for it. Logins that the rules make equal are
    /// so whatever else the server finds for each, if it finds its own entry.
    fn doubt_of_several(&self, of_login: &[u32], doubt: Option<&Reason>) -> Option<Reason> {
        let username = |at: &u32| self.usernames.get(position(*at));
        let are_same = of_login.windows(2).all(|pair| match pair {
            [one, other] => username(one) == username(other),
            _ => true,
        });
        let of_search = |at: &u32| self.several.get(at)?.doubt.as_ref().filter(|_| are_same);
        let found = of_login.iter().find_map(|at| of_search(at).or(self.lost.get(at)));
        doubt.or(found).cloned()
    }

    /// The entry and authorization of a login. A person with several values of one login needs one that a
    /// group lists.
    fn candidate(&self, of_login: &[u32]) -> (u32, u32) {
        let candidates = of_login.iter().filter_map(|at| self.candidates.get(position(*at)));
        let rank = |(_, authorization): &&(u32, u32)| match *authorization {
            AUTHORIZED => 0,
            UNAUTHORIZED => 2,
            _ => 1,
        };
        candidates.min_by_key(rank).copied().unwrap_or((NONE, NONE))
    }

    /// The entries of two people with one login. The first to log in would get the account of both.
    fn merged(&self, people: &EntryTable, first: u32, others: &[u32]) -> Vec<u32> {
        let by_name =
            |entries: Vec<u32>| entries.into_iter().map(|entry| (people.key(entry), entry));
        let mut merged: BTreeMap<u32, u32> = by_name(self.entries(first)).collect();
        for other in others {
            let free = SHOWN.saturating_sub(merged.len());
            if free == 0 {
                break;
            }
            for (key, entry) in by_name(self.entries(*other)).take(free) {
                merged.entry(key).or_insert(entry);
            }
        }
        merged.into_values().collect()
    }
}
