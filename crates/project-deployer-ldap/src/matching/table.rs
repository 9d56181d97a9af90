//! The facts about every login before any rule is applied.

use std::collections::BTreeMap;
use std::sync::Arc;

use project_deployer_core::Login;

use super::index::{Index, Site};
use super::input::MatchInput;
use super::interner::LoginInterner;
use super::people::People;
use super::requirement::LoginRequirement;
use super::similar::Odd;
use super::sources::Sources;
use super::spellings::Spellings;
use crate::account_state::AccountBlock;
use crate::processors::join;
use crate::snapshot::Authorization;
use crate::texts::{NONE, StrColumn, TextList, number, position};

/// The logins of the input, with the facts from every location and every directory.
pub(super) struct LoginTable<'a> {
    pub(super) index: &'a Index<'a>,
    pub(super) interner: &'a LoginInterner,
    pub(super) spellings: Spellings,
    pub(super) people: People,
    pub(super) sources: Sources,
    /// The login of each row, and the row of each login that has one.
    pub(super) rows: Vec<u32>,
    row_of: Vec<u32>,
    pub(super) logins: Arc<Vec<Login>>,
    pub(super) needs: BTreeMap<usize, Vec<LoginRequirement>>,
    /// For each set the candidate of each login.
    candidates: Vec<Vec<u32>>,
    /// For each row the source of the Deployer's user, and of the user at the first location that has one.
    deployer: Vec<u32>,
    first: Vec<u32>,
}

/// The logins of the sets first, then of the locations, then of the needs.
pub(super) fn interner(index: &Index<'_>, needs: &TextList) -> LoginInterner {
    let empty: &dyn StrColumn = &EMPTY;
    let sets = index.sets.iter().map(|set| -> &dyn StrColumn { set.logins() });
    let users = index
        .sites
        .iter()
        .map(|site| site.users.map_or(empty, |users| -> &dyn StrColumn { users }));
    let needs: &dyn StrColumn = needs;
    LoginInterner::of(sets.collect(), users.chain([needs]).collect())
}

static EMPTY: TextList = TextList::new();

impl<'a> LoginTable<'a> {
    pub(super) fn of(
        input: &MatchInput,
        index: &'a Index<'a>,
        interner: &'a LoginInterner,
    ) -> Self {
        let users = index.sites.iter().filter_map(|site| site.users.ok());
        let of_sets: Vec<&[u32]> = (0..index.sets.len()).map(|set| interner.of_list(set)).collect();
        let wanted = wanted(index, interner);
        // Each visits all texts. Allocating small pieces of memory is faster on this thread.
        let number = || Numbered::of(interner, wanted);
        let (rows, spellings) = join(interner.len(), number, || Spellings::of(interner));
        let mut table = Self {
            index,
            interner,
            spellings,
            people: People::of(&index.sets, &of_sets),
            sources: Sources::of(users),
            rows: rows.logins,
            row_of: rows.row_of,
            logins: Arc::new(rows.parsed),
            needs: BTreeMap::new(),
            candidates: Vec::new(),
            deployer: Vec::new(),
            first: Vec::new(),
        };
        table.add_needs(input);
        table.add_candidates(&of_sets);
        table.add_sources();
        table
    }

    fn add_needs(&mut self, input: &MatchInput) {
        let list = self.index.sets.len() + self.index.sites.len();
        for (need, login) in input.needs.iter().zip(self.interner.of_list(list)) {
            if let Some(row) = self.row(*login) {
                self.needs.entry(row).or_default().push(need.clone());
            }
        }
    }

    fn add_candidates(&mut self, of_sets: &[&[u32]]) {
        for logins in of_sets {
            let mut candidates = vec![NONE; self.interner.len()];
            for (candidate, login) in logins.iter().enumerate() {
                put(&mut candidates, *login, number(candidate));
            }
            self.candidates.push(candidates);
        }
    }

    fn add_sources(&mut self) {
        let sites = &self.index.sites;
        let deployer = sites.iter().position(Site::is_deployer);
        self.deployer = self.sources_at(deployer);
        // From the last location to the first, so that the first one wins.
        self.first = self.sources_at((0..sites.len()).rev());
    }

    /// The source of each row at the last of these locations that has a user.
    fn sources_at(&self, places: impl IntoIterator<Item = usize>) -> Vec<u32> {
        let mut sources = vec![NONE; self.rows.len()];
        for place in places {
            self.each_user(place, |_, row, source, _| {
                if let Some(slot) = sources.get_mut(row) {
                    *slot = number(source);
                }
            });
        }
        sources
    }

    /// Calls `visit` for every user of a location with login, row, source and whether the user is enabled.
    pub(super) fn each_user(&self, place: usize, mut visit: impl FnMut(u32, usize, usize, bool)) {
        let Some(Ok(users)) = self.index.sites.get(place).map(|site| site.users) else { return };
        let sources = self.sources.numbers(users);
        let logins = self.interner.of_list(self.index.sets.len() + place);
        for (login, (source, enabled)) in logins.iter().zip(users.states()) {
            let source = sources.get(source).copied().flatten();
            if let (Some(row), Some(source)) = (self.row(*login), source) {
                visit(*login, row, source, enabled);
            }
        }
    }

    /// The row of a login.
    pub(super) fn row(&self, login: u32) -> Option<usize> {
        let row = self.row_of.get(position(login)).copied().unwrap_or(NONE);
        (row != NONE).then(|| position(row))
    }

    /// The candidate of each login in a set.
    pub(super) fn candidates(&self, set: usize) -> &[u32] {
        self.candidates.get(set).map(Vec::as_slice).unwrap_or_default()
    }

    /// Why a directory blocks the account: the location's own directory if it has the login, or else any
    /// other one.
    pub(super) fn block(&self, login: u32, own: Option<usize>) -> Option<&AccountBlock> {
        let of_set = |set: usize| {
            let number = *self.candidates(set).get(position(login))?;
            let set = self.index.sets.get(set)?;
            if number == NONE {
                return set.block_of_left_out(self.interner.text(login)).map(Some);
            }
            Some(match set.candidate(number).authorization() {
                Authorization::Blocked { block, .. } => Some(block),
                Authorization::Authorized
                | Authorization::Unauthorized
                | Authorization::Unknown(_) => None,
            })
        };
        let of_own = own.and_then(of_set);
        of_own.unwrap_or_else(|| (0..self.index.sets.len()).find_map(|set| of_set(set).flatten()))
    }

    /// Which of two similar logins is odd: the one that the location's own directory does not have, or else
    /// the one that the Deployer does not have.
    pub(super) fn odd(&self, place: usize, login: u32, found: u32) -> Odd {
        let Some(site) = self.index.sites.get(place) else { return Odd::Unknown };
        let set = site.supply.as_ref().ok().and_then(|supply| Some(supply.as_ref()?.set));
        let candidates = set.map(|set| self.candidates(set)).unwrap_or_default();
        let has = |login: u32| candidates.get(position(login)).is_some_and(|found| *found != NONE);
        Odd::of(has(login), has(found)).or(|| {
            let of_deployer =
                |login: u32| self.row(login).is_some_and(|row| self.deployer_source(row).is_some());
            match site.is_deployer() {
                true => Odd::Unknown,
                false => Odd::of(of_deployer(login), of_deployer(found)),
            }
        })
    }

    /// The source of the Deployer's user.
    pub(super) fn deployer_source(&self, row: usize) -> Option<usize> {
        source(&self.deployer, row)
    }

    /// The source at the first location that has a user.
    pub(super) fn first_source(&self, row: usize) -> Option<usize> {
        source(&self.first, row)
    }
}

/// Marks a login that gets a row.
const WANTED: u32 = 0;

/// For each login whether a location has it, a deployment needs it, or a location could import it.
fn wanted(index: &Index<'_>, interner: &LoginInterner) -> Vec<u32> {
    let mut wanted = vec![NONE; interner.len()];
    let sets = index.sets.len();
    for (place, set) in index.sets.iter().enumerate() {
        let logins = set.iter().zip(interner.of_list(place));
        for (_, login) in logins.filter(|(candidate, _)| candidate.may_be_authorized()) {
            put(&mut wanted, *login, WANTED);
        }
    }
    for place in sets..=sets + index.sites.len() {
        for login in interner.of_list(place) {
            put(&mut wanted, *login, WANTED);
        }
    }
    wanted
}

/// The logins that have a row.
struct Numbered {
    logins: Vec<u32>,
    parsed: Vec<Login>,
    row_of: Vec<u32>,
}

impl Numbered {
    fn of(interner: &LoginInterner, wanted: Vec<u32>) -> Self {
        let count = wanted.iter().filter(|row| **row == WANTED).count();
        let (mut logins, mut parsed) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut row_of = wanted;
        for (login, row) in interner.logins().zip(&mut row_of) {
            if *row != WANTED {
                continue;
            }
            // Every list has valid logins only, so none is refused here.
            *row = NONE;
            if let Ok(text) = interner.text(login).parse() {
                *row = number(logins.len());
                parsed.push(text);
                logins.push(login);
            }
        }
        Self { logins, parsed, row_of }
    }
}

fn source(sources: &[u32], row: usize) -> Option<usize> {
    sources.get(row).copied().filter(|source| *source != NONE).map(position)
}

fn put(slots: &mut [u32], at: u32, value: u32) {
    if let Some(slot) = slots.get_mut(position(at)) {
        *slot = value;
    }
}
