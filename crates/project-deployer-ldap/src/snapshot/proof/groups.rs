//! What a listing of groups proves about one person.

use std::collections::{HashMap, HashSet};

use super::slot::{SlotProof, add_odd};
use super::{letters_of, not_exported, unexpected};
use crate::attribute::AttributeName;
use crate::fetched::Reason;
use crate::filter::{Filter, Truth};
use crate::letters::{coarse, coarse_dn};
use crate::snapshot::DirectorySnapshot;
use crate::snapshot::entries::{EntryTable, Texts};
use crate::snapshot::export::on_server;
use crate::snapshot::importable::Authorization;
use crate::supplier::{COMPUTES_MEMBERS, Membership, SupplierRules};
use crate::template::{Placeholder, Selector, Who};
use crate::texts::{NONE, position};

/// What the listing of groups proves.
pub(in crate::snapshot) struct GroupProof<'a> {
    texts: &'a Texts,
    people: &'a EntryTable,
    /// Why it proves nothing at all.
    doubt: Option<Reason>,
    /// Why it does not prove that somebody is in no authorized group.
    negative: Option<Reason>,
    by_login: Vec<SlotProof>,
    by_name: bool,
    /// By key the text of the only spelling of a member, where only the same text is certainly the same
    /// name; none for others.
    spellings: Option<Vec<u32>>,
    odd: HashMap<String, Reason>,
}

impl<'a> GroupProof<'a> {
    pub(in crate::snapshot) fn of(
        rules: &SupplierRules,
        snapshot: &'a DirectorySnapshot,
        people: &'a EntryTable,
    ) -> Self {
        let mut proof = Self {
            texts: snapshot.texts(),
            people,
            doubt: None,
            negative: None,
            by_login: Vec::new(),
            by_name: false,
            spellings: None,
            odd: HashMap::new(),
        };
        let Some(groups) = &rules.groups else { return proof };
        match &groups.membership {
            Membership::Unlisted(error) => proof.doubt = Some(Reason::of(error)),
            Membership::OnUser { attribute, .. } => proof.add_held(attribute),
            Membership::OnGroup(selector) => {
                if let Err(reason) = proof.add_members(rules, selector, snapshot) {
                    proof.doubt = Some(reason);
                }
            }
        }
        proof
    }

    /// Groups that the entries of people list.
    fn add_held(&mut self, attribute: &AttributeName) {
        self.by_name = true;
        let values = self.people.all_values(attribute);
        if values.is_empty() {
            self.negative = Some(Reason::new(format!("no entry shows `{attribute}`")));
        } else if values.iter().any(|value| self.texts.is_odd(*value)) {
            self.negative = Some(Reason::new(format!(
                "only the directory knows how it compares some values of `{attribute}`"
            )));
        }
    }

    /// Groups that list their members.
    fn add_members(
        &mut self,
        rules: &SupplierRules,
        selector: &Selector,
        snapshot: &DirectorySnapshot,
    ) -> Result<(), Reason> {
        if let Some(missing) = snapshot.export().and_then(|export| export.missing(selector)) {
            return Err(not_exported(&missing));
        }
        let is_server = snapshot.export().is_none();
        let Some(search) = rules.member_groups(is_server) else { return Ok(()) };
        let groups = snapshot.answer(&search)?;
        if let Some(reason) = unexpected(groups) {
            return Err(reason);
        }
        for slot in selector.slots() {
            let equality = snapshot.schema().equality(&slot.attribute);
            let decided = SlotProof::of(slot, equality, self.texts, groups)?;
            if slot.value.only_place() == Some(Placeholder::UserDn) {
                self.by_name = true;
                if decided == SlotProof::SameText {
                    self.spellings =
                        Some(spellings(self.texts, groups.all_values(&slot.attribute)));
                }
            } else {
                self.by_login.push(decided);
            }
            add_odd(&mut self.odd, slot, self.texts, groups);
        }
        if snapshot.export().is_some() {
            of_exported(rules, selector, self.texts, groups)?;
        }
        self.negative = of_named(rules, selector, snapshot, groups).err();
        Ok(())
    }

    /// Why the listing proves nothing about anybody.
    pub(in crate::snapshot) fn doubt(&self) -> Option<&Reason> {
        self.doubt.as_ref()
    }

    fn is_spelled_equally(&self, person: u32) -> bool {
        let Some(spellings) = &self.spellings else { return true };
        let name = self.texts.find(self.texts.name(self.people.name(person)).as_bytes());
        let spelling = spellings.get(position(self.people.key(person)));
        name.is_some() && spelling.copied() == name
    }

    /// Why the listing does not prove the authorization that it gives a person.
    pub(in crate::snapshot) fn of_person(
        &self,
        listed: &Authorization,
        person: u32,
        value: u32,
        who: &Who<'_>,
    ) -> Option<Reason> {
        if self.by_name && self.people.has_odd_name(person) {
            return Some(letters_of(&self.texts.name(self.people.name(person))));
        }
        if *listed != Authorization::Unauthorized && !self.is_spelled_equally(person) {
            let name = self.texts.name(self.people.name(person));
            return Some(Reason::new(format!(
                "a group lists `{name}` in another spelling, and the directory shows no schema"
            )));
        }
        let is_canonical = who.username_key == value;
        // Without case nobody else is found: where that finds no group, no comparison finds one.
        let decides = self.by_login.iter().all(|slot| slot.decides(is_canonical));
        if !decides && *listed != Authorization::Unauthorized {
            return Some(in_another_case(who.username));
        }
        if !self.odd.is_empty() {
            let name = coarse_dn(&self.texts.name(self.people.name(person)));
            let known = self.odd.get(&name).or_else(|| self.odd.get(&coarse(who.username)));
            if let Some(reason) = known {
                return Some(reason.clone());
            }
        }
        match listed {
            Authorization::Unauthorized => self.negative.clone(),
            _ => None,
        }
    }
}

/// By key the text of the only value with that key.
fn spellings(texts: &Texts, values: &[u32]) -> Vec<u32> {
    /// Marks a key with several spellings: the number of no text.
    const SEVERAL: u32 = NONE - 1;
    let mut spellings = vec![NONE; texts.len()];
    for value in values {
        if let Some(known) = spellings.get_mut(position(texts.key(*value))) {
            *known = if *known == NONE || *known == *value { *value } else { SEVERAL };
        }
    }
    spellings
}

/// Why nobody but the directory knows whether a group lists a login.
pub(crate) fn in_another_case(username: &str) -> Reason {
    Reason::new(format!(
        "a group lists `{}`, perhaps in another case, and only the directory knows whether it compares case",
        crate::caseless::shortened(username)
    ))
}

/// Nobody else can be in an authorized group if each of these groups shows its members, and if no server
/// computes them.
fn of_named(
    rules: &SupplierRules,
    selector: &Selector,
    snapshot: &DirectorySnapshot,
    groups: &EntryTable,
) -> Result<(), Reason> {
    let texts = snapshot.texts();
    if !rules.names_groups() {
        return Err(Reason::new("too many groups are authorized"));
    }
    let named = match rules.named_groups(snapshot.export().is_none()) {
        Some(search) => snapshot.answer(&search)?,
        None => groups,
    };
    if let Some(reason) = unexpected(named) {
        return Err(reason);
    }
    let authorized: HashSet<String> = rules.authorized.iter().map(|name| coarse(name)).collect();
    let column = rules.groups.as_ref().and_then(|rules| named.column(&rules.name));
    let is_authorized = |entry: &u32| {
        let mut names = named.values(column, *entry).iter().filter_map(|name| texts.text(*name));
        names.any(|name| authorized.contains(&coarse(name)))
    };
    let candidates: Vec<u32> = named.entries().filter(is_authorized).collect();
    let wanted: HashSet<u32> = candidates.iter().map(|entry| named.key(*entry)).collect();
    let found = groups.entries().filter(|entry| wanted.contains(&groups.key(*entry)));
    let found: HashMap<u32, u32> = found.map(|entry| (groups.key(entry), entry)).collect();
    for entry in candidates {
        let name = || texts.name(named.name(entry));
        if computes(texts, named, entry) {
            return Err(Reason::new(format!(
                "the directory may compute the members of `{}`",
                name()
            )));
        }
        for slot in selector.slots() {
            let group = found.get(&named.key(entry));
            let shows = group.is_some_and(|group| {
                !groups.values(groups.column(&slot.attribute), *group).is_empty()
            });
            if !shows {
                return Err(Reason::new(format!(
                    "the directory shows no `{}` of group `{}`",
                    slot.attribute,
                    name()
                )));
            }
        }
    }
    Ok(())
}

/// An export says which authorized groups the group filter finds only if no rule of the server matters.
fn of_exported(
    rules: &SupplierRules,
    selector: &Selector,
    texts: &Texts,
    groups: &EntryTable,
) -> Result<(), Reason> {
    let given = Filter::And(selector.given().into_iter().cloned().collect());
    let column = rules.groups.as_ref().and_then(|rules| groups.column(&rules.name));
    for group in groups.entries() {
        let named = groups.values(column, group).iter().any(|value| {
            texts.text(*value).is_some_and(|text| rules.authorized.iter().any(|own| own == text))
        });
        if named && on_server(&given, &groups.entry(texts, group)) != Truth::True {
            return Err(Reason::new(format!(
                "the export does not say whether the group filter finds `{}`",
                texts.name(groups.name(group))
            )));
        }
    }
    Ok(())
}

/// Whether a group has an attribute or a class by which servers compute members.
fn computes(texts: &Texts, named: &EntryTable, entry: u32) -> bool {
    let [class, attributes @ ..] = COMPUTES_MEMBERS.map(AttributeName::known);
    let values = |name: &AttributeName| named.values(named.column(name), entry);
    let by_class = values(&class).iter().any(|value| {
        let text = texts.text(*value).unwrap_or_default().to_ascii_lowercase();
        text.contains("url") || text.contains("dyn")
    });
    by_class || attributes.iter().any(|name| !values(name).is_empty())
}
