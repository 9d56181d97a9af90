//! The logins of a directory that a node remaps to a given one (R-L9).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;

use super::DirectorySnapshot;
use crate::fetched::{Fetched, Reason};
use crate::letters::coarse;
use crate::remapping::{LoginRemapping, TimeBudget};
use crate::supplier::SupplierRules;

/// The logins that become one login of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Usernames {
    /// As the directory has them.
    pub(crate) held: BTreeSet<String>,
    /// Other texts by which the directory may find somebody: other spellings of its logins, and values of other
    /// attributes that the user filter compares.
    pub(crate) respelled: BTreeSet<String>,
    /// The keys of the entries that have the first ones.
    entries: BTreeSet<u32>,
}

impl Usernames {
    fn are_several_people(&self) -> bool {
        self.held.len() > 1 && self.entries.len() != 1
    }

    fn first(&self) -> Option<&str> {
        self.held.iter().chain(&self.respelled).next().map(String::as_str)
    }

    /// A login of the only person who becomes the login of the node.
    pub(crate) fn of_one_person(&self) -> Option<&str> {
        self.first().filter(|_| !self.are_several_people())
    }
}

/// What is looked for, by the text and by the coarse form.
struct Wanted<'l> {
    by_text: HashMap<&'l str, &'l Login>,
    by_form: HashMap<String, Vec<&'l Login>>,
}

impl DirectorySnapshot {
    /// The login as the directory has it, before the node of these settings remaps it; none where nobody
    /// there becomes this one.
    ///
    /// # Errors
    ///
    /// Logins of several people become this one, or the directory did not answer in full.
    pub fn username(&self, settings: &LdapSettings, login: &Login) -> Fetched<Option<String>> {
        let mut usernames = self.usernames(settings, &BTreeSet::from([login]))?;
        let found = usernames.remove(login).unwrap_or_default();
        if found.are_several_people() {
            return Err(Reason::new(format!("several people are remapped to `{login}`")));
        }
        Ok(found.first().map(str::to_owned))
    }

    /// Whether it has a complete list of the people whom the node of these settings finds.
    pub(crate) fn lists_people(&self, settings: &LdapSettings) -> bool {
        let rules = SupplierRules::compile(settings).ok();
        let search = rules.and_then(|rules| rules.people().ok());
        search.is_some_and(|search| self.answer(&search).is_ok())
    }

    /// The logins of the directory that become each of these, with one pass over the people.
    pub(crate) fn usernames<'l>(
        &self,
        settings: &LdapSettings,
        logins: &BTreeSet<&'l Login>,
    ) -> Fetched<BTreeMap<&'l Login, Usernames>> {
        let rules = SupplierRules::compile(settings).map_err(|error| Reason::of(&error))?;
        let as_is = |login: &'l Login| {
            let held = BTreeSet::from([login.to_string()]);
            (login, Usernames { held, ..Usernames::default() })
        };
        if rules.remapping.is_empty() {
            return Ok(logins.iter().map(|login| as_is(login)).collect());
        }
        let people = self.answer(&rules.people()?)?;
        let mut search = Search {
            wanted: Wanted::of(logins),
            found: logins.iter().map(|login| (*login, Usernames::default())).collect(),
            remapping: &rules.remapping,
            budget: TimeBudget::new(),
        };
        let column = people.column(&rules.login);
        for entry in people.entries() {
            for value in people.values(column, entry) {
                let Some(text) = self.texts.text(*value) else { continue };
                search.take(text, Some(people.key(entry)))?;
            }
        }
        // Texts that people may type, and by which the filter finds somebody by another attribute.
        for slot in rules.users.iter().flat_map(|selector| selector.slots()) {
            if slot.attribute == rules.login && slot.value.only_place().is_some() {
                continue;
            }
            for value in people.all_values(&slot.attribute) {
                let text = self.texts.text(*value).and_then(|text| slot.value.username_in(text));
                text.map_or(Ok(()), |text| search.take(text, None))?;
            }
        }
        Ok(search.found)
    }
}

/// One pass over the texts by which the user filter finds people.
struct Search<'l, 'r> {
    wanted: Wanted<'l>,
    found: BTreeMap<&'l Login, Usernames>,
    remapping: &'r LoginRemapping,
    budget: TimeBudget,
}

impl Search<'_, '_> {
    /// Takes a text. `entry`: the key of the entry whose login it is.
    fn take(&mut self, text: &str, entry: Option<u32>) -> Fetched<()> {
        let made = self.made(text)?;
        if let Some(usernames) = self.wanted.found(&made, &mut self.found) {
            match entry {
                Some(entry) => {
                    usernames.held.insert(text.to_owned());
                    usernames.entries.insert(entry);
                }
                None => {
                    usernames.respelled.insert(text.to_owned());
                }
            }
        }
        for spelling in self.wanted.spellings(text, &made, self.remapping) {
            let made = self.made(&spelling)?;
            if let Some(usernames) = self.wanted.found(&made, &mut self.found) {
                usernames.respelled.insert(spelling);
            }
        }
        Ok(())
    }

    fn made<'t>(&mut self, text: &'t str) -> Fetched<Cow<'t, str>> {
        self.remapping.applied(text, &mut self.budget).map_err(|error| Reason::of(&error))
    }
}

impl<'l> Wanted<'l> {
    fn of(logins: &BTreeSet<&'l Login>) -> Self {
        let by_text = logins.iter().map(|login| (login.as_str(), *login)).collect();
        let mut by_form: HashMap<String, Vec<&Login>> = HashMap::new();
        for login in logins {
            by_form.entry(coarse(login.as_str())).or_default().push(login);
        }
        Self { by_text, by_form }
    }

    fn found<'f>(
        &self,
        made: &str,
        found: &'f mut BTreeMap<&'l Login, Usernames>,
    ) -> Option<&'f mut Usernames> {
        found.get_mut(*self.by_text.get(made)?)
    }

    /// Other spellings of a login of the directory that may become a login which is looked for.
    fn spellings(&self, text: &str, made: &str, remapping: &LoginRemapping) -> Vec<String> {
        let similar = self.by_form.get(&coarse(made)).into_iter().flatten();
        let similar = similar.map(|login| login.as_str()).filter(|login| *login != made);
        let replaced =
            similar.filter(|_| text.contains(made)).map(|login| text.replacen(made, login, 1));
        replaced.chain(cases(text, remapping)).collect()
    }
}

/// Other cases of a login that rules may treat differently.
pub(super) fn cases(text: &str, remapping: &LoginRemapping) -> Vec<String> {
    if !remapping.depends_on_case() {
        return Vec::new();
    }
    let (small, capital) = (text.to_lowercase(), text.to_uppercase());
    let first = small
        .chars()
        .next()
        .map(|first| first.to_uppercase().chain(small.chars().skip(1)).collect());
    let all = [Some(small.clone()), Some(capital), first].into_iter().flatten();
    let all = all.chain(remapping.written_as_in_rules(text));
    all.filter(|other| other != text).collect()
}
