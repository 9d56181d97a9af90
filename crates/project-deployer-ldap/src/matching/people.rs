//! People who have several logins: locations that read one directory remap differently, or an entry has
//! several logins.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::snapshot::ImportableSet;
use crate::texts::{Interner, NONE, position};

/// Marks a person with several logins.
const SEVERAL: u32 = NONE - 1;

/// The people with several logins. All other people are left out.
#[derive(Default)]
pub(super) struct People {
    /// For each person the logins, each with the set that it comes from.
    logins: Vec<BTreeSet<(usize, u32)>>,
    /// The people of each login.
    by_login: BTreeMap<u32, Vec<usize>>,
}

/// For each person the first two logins that are in one set and at a location.
pub(super) struct PersonFirsts(Vec<[u32; 2]>);

impl People {
    /// `logins` has, for each set, the login number of each candidate.
    pub(super) fn of(sets: &[ImportableSet<'_>], logins: &[&[u32]]) -> Self {
        let mut people = Self::default();
        let mut done = HashSet::new();
        for (index, set) in sets.iter().enumerate() {
            if done.insert(set.url()) {
                let of_url = (index..sets.len())
                    .filter(|other| sets.get(*other).is_some_and(|other| other.url() == set.url()));
                people.add_directory(sets, logins, &of_url.collect::<Vec<_>>());
            }
        }
        people
    }

    /// Adds the people of one directory: first it finds people with two logins, then all logins of these.
    fn add_directory(&mut self, sets: &[ImportableSet<'_>], logins: &[&[u32]], of_url: &[usize]) {
        let mut names = Names::of(sets, of_url);
        let mut first: Vec<u32> = Vec::new();
        let mut several: HashMap<u32, usize> = HashMap::new();
        each(sets, logins, of_url, &mut names, |_, entry, login| {
            if first.len() <= position(entry) {
                first.resize(position(entry) + 1, NONE);
            }
            match first.get_mut(position(entry)) {
                Some(known) if *known == NONE => *known = login,
                Some(known) if *known != login && *known != SEVERAL => {
                    *known = SEVERAL;
                    several.insert(entry, self.logins.len());
                    self.logins.push(BTreeSet::new());
                }
                Some(_) | None => {}
            }
        });
        if several.is_empty() {
            return;
        }
        each(sets, logins, of_url, &mut names, |set, entry, login| {
            // Most people have one login; this check is faster than a look-up in the map.
            if first.get(position(entry)) != Some(&SEVERAL) {
                return;
            }
            let Some(person) = several.get(&entry) else { return };
            if let Some(logins) = self.logins.get_mut(*person) {
                logins.insert((set, login));
            }
            let people = self.by_login.entry(login).or_default();
            if people.last() != Some(person) {
                people.push(*person);
            }
        });
    }

    /// The logins of people who have other logins as well.
    pub(super) fn logins(&self) -> impl Iterator<Item = u32> {
        self.by_login.keys().copied()
    }

    /// The logins of each person that are in the set and at the location.
    pub(super) fn firsts(&self, set: usize, has: impl Fn(u32) -> bool) -> PersonFirsts {
        let of_person = |logins: &BTreeSet<(usize, u32)>| {
            let here = logins.range((set, 0)..=(set, NONE)).map(|(_, login)| *login);
            let mut here = here.filter(|login| has(*login));
            let mut next = || here.next().unwrap_or(NONE);
            [next(), next()]
        };
        PersonFirsts(self.logins.iter().map(of_person).collect())
    }

    /// The first other login that the person who has this one in a set has there.
    pub(super) fn other_login(&self, set: usize, login: u32) -> Option<u32> {
        let people = self.by_login.get(&login)?.iter();
        let mut logins = people.filter_map(|person| self.logins.get(*person));
        let own = logins.find(|logins| logins.contains(&(set, login)))?;
        let here = own.range((set, 0)..=(set, NONE)).map(|(_, login)| *login);
        { here }.find(|other| *other != login)
    }

    /// The first other login of the people who have this one.
    pub(super) fn same(&self, login: u32, firsts: &PersonFirsts) -> Option<u32> {
        let people = self.by_login.get(&login)?.iter();
        let found = people.filter_map(|person| firsts.0.get(*person)).flatten().copied();
        found.filter(|found| *found != NONE && *found != login).min()
    }
}

/// Calls `visit` with set, entry and login of each login that belongs to one entry.
fn each(
    sets: &[ImportableSet<'_>],
    logins: &[&[u32]],
    of_url: &[usize],
    names: &mut Names,
    mut visit: impl FnMut(usize, u32, u32),
) {
    for index in of_url {
        let (Some(set), Some(logins)) = (sets.get(*index), logins.get(*index)) else { continue };
        for (candidate, login) in set.iter().zip(*logins) {
            if let Some(entry) = candidate.entry() {
                visit(*index, names.number(set, entry), *login);
            }
        }
    }
}

/// The entries of one directory as numbers. A single snapshot has numbers already. Several snapshots of one
/// directory, read with different bind DNs, are joined by the names of entries.
struct Names(Option<Interner>);

impl Names {
    fn of(sets: &[ImportableSet<'_>], of_url: &[usize]) -> Self {
        let mut snapshots =
            of_url.iter().filter_map(|set| sets.get(*set)).map(|set| set.snapshot());
        let first = snapshots.next();
        let one = snapshots.all(|other| first.is_some_and(|first| std::ptr::eq(first, other)));
        Self((!one).then(Interner::default))
    }

    fn number(&mut self, set: &ImportableSet<'_>, entry: u32) -> u32 {
        match &mut self.0 {
            None => entry,
            Some(pool) => pool.intern(set.snapshot().texts().name(entry).as_bytes()),
        }
    }
}
