//! The two searches of a node for one login.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_core::{Login, Timestamp};

use super::sight::Sight;
use crate::account_state::AccountState;
use crate::attribute::AttributeName;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::fetched::Fetched;
use crate::filter::Filter;
use crate::letters::coarse;
use crate::login_check::NodeSearches;
use crate::matching::{Found, without_domain};
use crate::template::Slot;

/// How many entries of one login are named.
const SHOWN: usize = 10;

/// Asks one directory, with the settings of one node.
pub(super) struct LoginAsker<'a> {
    pub(super) searches: &'a NodeSearches,
    pub(super) sight: &'a Sight,
    pub(super) now: Timestamp,
    /// Whether an administrator can have accounts created.
    pub(super) is_on_demand: bool,
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
            for entry in self.searches.people_with_state(name).await? {
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
            return Ok(self.left_out(login, names).await);
        };
        let Logins { spelled, also } = self.logins(login, &names, &entry).await?;
        // A login that is not the person's has no groups.
        let authorized = async {
            if spelled.is_some() { Ok(false) } else { self.is_authorized(&names, &entry).await }
        };
        let state = self.sight.state(self.searches.directory(), (&entry, matters), self.now);
        let (authorized, state) = futures::future::join(authorized, state).await;
        let authorized = authorized?;
        let aliases = if authorized { self.aliases(login, &entry).await? } else { Vec::new() };
        Ok(Found::One { authorized, state, spelled, also, aliases })
    }

    /// Other logins by which the directory finds the same person, by the values of other attributes. They matter where
    /// accounts are created on demand.
    async fn aliases(&self, login: &Login, entry: &Entry) -> Fetched<Vec<Login>> {
        let rules = self.searches.rules();
        let slots = rules.users.iter().flat_map(|selector| selector.slots());
        let slots: Vec<&Slot> = slots
            .filter(|slot| slot.attribute.is_plain() && slot.attribute != rules.login)
            .collect();
        if slots.is_empty() || !self.is_on_demand {
            return Ok(Vec::new());
        }
        let wanted: BTreeSet<AttributeName> =
            slots.iter().map(|slot| slot.attribute.clone()).collect();
        let wanted: Vec<AttributeName> = wanted.into_iter().collect();
        let Some(entry) = self.searches.entry(&entry.dn, &wanted).await? else {
            return Ok(Vec::new());
        };
        let others = slots.into_iter().flat_map(|slot| {
            let typed =
                entry.texts(&slot.attribute).filter_map(|text| slot.value.username_in(text));
            typed.filter_map(|typed| Login::parse(rules.remapping.apply(typed).ok()?).ok())
        });
        Ok(others.filter(|other| other != login).collect())
    }

    /// A user filter often leaves out who is disabled, or has the login in another case.
    /// The user filter's own answer stands whatever comes of this search.
    async fn left_out(&self, login: &Login, names: &[String]) -> Found {
        let mut entries: BTreeMap<String, AccountState> = BTreeMap::new();
        let (mut similar, mut unseen) = (None, None);
        for name in names {
            let found = self.searches.left_out(name).await;
            unseen = unseen.or(found.cut);
            for entry in found.entries {
                match self.logins(login, &[name], &entry).await {
                    Ok(Logins { spelled: Some(other), .. }) => similar = similar.or(Some(other)),
                    Ok(Logins { spelled: None, .. }) => {
                        entries.insert(entry.dn.to_string(), AccountState::of(&entry, self.now));
                    }
                    Err(reason) => unseen = unseen.or(Some(reason)),
                }
            }
        }
        if entries.is_empty() {
            return Found::Absent { similar, unseen };
        }
        let blocked = entries.values().find(|state| matches!(state, AccountState::Blocked(_)));
        let state = blocked.cloned().unwrap_or(AccountState::Active);
        Found::LeftOut { entries: entries.into_keys().take(SHOWN).collect(), state }
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

    /// The other logins that the node makes of the entry's own ones. Where the user filter compares other attributes
    /// as well, the directory itself says whether it takes two logins for the same.
    async fn logins(&self, login: &Login, names: &[&str], entry: &Entry) -> Fetched<Logins> {
        let rules = self.searches.rules();
        let made = |text: &str| Login::parse(rules.remapping.apply(text).ok()?).ok();
        let held: Vec<(&str, Option<Login>)> =
            entry.texts(&rules.login).map(|text| (text, made(text))).collect();
        let others = || held.iter().filter_map(|(_, made)| made.as_ref());
        let also = others().find(|made| *made != login).cloned();
        if others().any(|made| made == login) {
            return Ok(Logins { spelled: None, also });
        }
        let forms: Vec<String> = names.iter().map(|name| coarse(name)).collect();
        let similar = held.iter().find(|(text, _)| forms.contains(&coarse(text)));
        let Some((_, Some(similar))) = similar else { return Ok(Logins { spelled: None, also }) };
        let is_same = rules.finds_by_login() || self.searches.has_login(&entry.dn, names).await?;
        let spelled = is_same.then(|| similar.clone());
        Ok(Logins { spelled, also })
    }
}

/// The logins of an entry beside the one for which the directory finds it. No source says which of them the node
/// gives to the account.
struct Logins {
    /// The one that the directory takes for the same.
    spelled: Option<Login>,
    /// Any other one.
    also: Option<Login>,
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
