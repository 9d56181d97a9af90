//! The two searches of a node for one login.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::{Login, Timestamp};

use super::sight::Sight;
use crate::account_state::AccountState;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::fetched::Fetched;
use crate::filter::Filter;
use crate::letters::coarse;
use crate::login_check::{NodeSearches, state_attributes};
use crate::matching::{Found, without_domain};

/// How many entries of one login are named.
const SHOWN: usize = 10;

/// Asks one directory, with the settings of one node.
pub(super) struct LoginAsker<'a> {
    pub(super) searches: &'a NodeSearches,
    pub(super) sight: &'a Sight,
    pub(super) now: Timestamp,
}

impl LoginAsker<'_> {
    /// What the directory finds for a login, by each of the logins that a node makes it of. One entry that is
    /// found by several of them is one person. `matters`: whether a deployment needs the login.
    pub(super) async fn ask(
        &self,
        login: &Login,
        names: &[String],
        matters: bool,
    ) -> Fetched<Found> {
        let mut people: BTreeMap<String, (Entry, Vec<&str>)> = BTreeMap::new();
        for name in names {
            for entry in self.searches.people(name, state_attributes()).await? {
                let known = people.entry(entry.dn.to_string());
                known.or_insert_with(|| (entry, Vec::new())).1.push(name);
            }
            if people.len() >= SHOWN {
                break;
            }
        }
        if people.len() > 1 {
            return Ok(Found::Several(people.into_keys().take(SHOWN).collect()));
        }
        let Some((_, (entry, names))) = people.pop_first() else {
            return self.left_out(login, names).await;
        };
        let spelled = self.spelled(login, &names, &entry);
        // A login that is not the person's has no groups.
        let authorized = async {
            if spelled.is_some() { Ok(false) } else { self.is_authorized(&names, &entry).await }
        };
        let state = self.sight.state(self.searches.directory(), (&entry, matters), self.now);
        let (authorized, state) = futures::future::join(authorized, state).await;
        Ok(Found::One { authorized: authorized?, state, spelled })
    }

    /// A user filter often leaves out who is disabled, or has the login in another case.
    async fn left_out(&self, login: &Login, names: &[String]) -> Fetched<Found> {
        let mut entries: BTreeMap<String, AccountState> = BTreeMap::new();
        let mut similar = None;
        for name in names {
            for entry in self.searches.left_out(name).await? {
                match self.spelled(login, &[name], &entry) {
                    Some(other) => similar = similar.or(Some(other)),
                    None => {
                        entries.insert(entry.dn.to_string(), AccountState::of(&entry, self.now));
                    }
                }
            }
        }
        if entries.is_empty() {
            return Ok(similar.map_or(Found::Nobody, Found::Similar));
        }
        let blocked = entries.values().find(|state| matches!(state, AccountState::Blocked(_)));
        let state = blocked.cloned().unwrap_or(AccountState::Active);
        Ok(Found::LeftOut { entries: entries.into_keys().take(SHOWN).collect(), state })
    }

    /// The only login that the directory has in place of these, in another case or without a domain. It is
    /// asked for where no list of people shows it.
    pub(super) async fn similar(&self, login: &Login, names: &[String]) -> Option<Login> {
        let rules = self.searches.rules();
        let others: BTreeSet<String> = names.iter().flat_map(|name| spellings(name)).collect();
        let fill = |name: &String| rules.user_template.fill(name, &Dn::root());
        let others: Vec<Filter> =
            others.iter().filter(|name| !names.contains(name)).map(fill).collect();
        if others.is_empty() {
            return None;
        }
        let found = self.searches.entries(&Filter::Or(others), []).await.ok()?;
        let [entry] = found.as_slice() else { return None };
        let made = |text: &str| rules.remapping.apply(text).ok();
        let made = entry.texts(&rules.login).filter_map(made);
        let mut other = made.filter(|made| made != login.as_str());
        Login::parse(other.next()?).ok()
    }

    /// Whether a group authorizes the person by one of the logins.
    async fn is_authorized(&self, names: &[&str], entry: &Entry) -> Fetched<bool> {
        let mut authorized = Ok(false);
        for name in names {
            match self.searches.is_authorized(name, entry).await {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(reason) => authorized = Err(reason),
            }
        }
        authorized
    }

    /// The login that the node makes of the entry's own one, if the directory takes the two for the same and
    /// they differ. No source says which of them the node gives to the account.
    fn spelled(&self, login: &Login, names: &[&str], entry: &Entry) -> Option<Login> {
        let rules = self.searches.rules();
        let held: Vec<&str> = entry.texts(&rules.login).collect();
        let made = |text: &str| rules.remapping.apply(text).ok();
        if held.iter().any(|text| made(text).is_some_and(|made| made == login.as_str())) {
            return None;
        }
        let forms: Vec<String> = names.iter().map(|name| coarse(name)).collect();
        let same = held.into_iter().find(|text| forms.contains(&coarse(text)))?;
        Login::parse(made(same)?).ok()
    }
}

fn spellings(name: &str) -> BTreeSet<String> {
    let small = name.to_lowercase();
    let mut rest = small.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    let capitalized = first.chain(rest).collect();
    let bare = without_domain(&small).map(str::to_owned);
    [Some(name.to_uppercase()), Some(capitalized), bare, Some(small.clone())]
        .into_iter()
        .flatten()
        .collect()
}
