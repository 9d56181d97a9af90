//! What a listing of groups proves about one person.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::computed::computes;
use super::held::HeldProof;
use super::slot::{SlotProof, add_names, add_odd};
use super::{letters_of, not_exported, unexpected, with_options};
use crate::attribute::AttributeName;
use crate::dn::Dn;
use crate::fetched::Reason;
use crate::filter::{Filter, Truth};
use crate::letters::forms;
use crate::snapshot::entries::{EntryTable, Texts};
use crate::snapshot::export::on_server;
use crate::snapshot::held::authorized;
use crate::snapshot::importable::Authorization;
use crate::snapshot::{DirectorySnapshot, Export};
use crate::supplier::{Membership, SupplierRules};
use crate::template::{Placeholder, Selector, Slot, Who};
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
    /// Whether only the same text is certainly the same name.
    by_text: bool,
    /// The groups, and the attributes that list the names of members.
    members: Option<(&'a EntryTable, Vec<AttributeName>)>,
    /// By key the text of the only spelling of a member, once it is needed.
    spellings: OnceLock<Vec<u32>>,
    /// For each comparison the coarse forms of values that may equal other texts, with the reason.
    odd: Vec<(Slot, HashMap<String, Reason>)>,
    /// The groups that the entries of people list.
    held: Option<HeldProof<'a>>,
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
            by_text: false,
            members: None,
            spellings: OnceLock::new(),
            odd: Vec::new(),
            held: None,
        };
        let Some(groups) = &rules.groups else { return proof };
        match &groups.membership {
            Membership::Unlisted(error) => proof.doubt = Some(Reason::of(error)),
            Membership::OnUser { attribute, list } => {
                match HeldProof::of(rules, (attribute, list), snapshot, people) {
                    Ok(held) => proof.held = Some(held),
                    Err(reason) => proof.doubt = Some(reason),
                }
            }
            Membership::OnGroup(selector) => {
                if let Err(reason) = proof.add_members(rules, selector, snapshot) {
                    proof.doubt = Some(reason);
                }
            }
        }
        proof
    }

    /// Groups that list their members.
    fn add_members(
        &mut self,
        rules: &SupplierRules,
        selector: &Selector,
        snapshot: &'a DirectorySnapshot,
    ) -> Result<(), Reason> {
        if let Some(export) = snapshot.export() {
            let name = rules.groups.as_ref().map(|groups| &groups.name);
            let unnamed = || name.filter(|name| !export.shows(name)).cloned();
            if let Some(missing) = export.missing(selector).or_else(unnamed) {
                return Err(not_exported(&missing));
            }
        }
        let Some(search) = rules.member_groups() else { return Ok(()) };
        let groups = snapshot.answer(&search)?;
        if let Some(reason) = unexpected(groups) {
            return Err(reason);
        }
        let mut by_name = Vec::new();
        for slot in selector.slots() {
            let equality = snapshot.schema().equality(&slot.attribute);
            let decided = SlotProof::of(slot, equality, self.texts, groups)?;
            if slot.value.only_place() == Some(Placeholder::UserDn) {
                self.by_name = true;
                self.by_text |= decided == SlotProof::SameText;
                by_name.push(slot.attribute.clone());
            } else {
                self.by_login.push(decided);
            }
            let mut odd = HashMap::new();
            add_odd(&mut odd, slot, self.texts, groups);
            add_names(&mut odd, slot, self.texts, groups);
            if !odd.is_empty() {
                self.odd.push((slot.clone(), odd));
            }
        }
        self.members = Some((groups, by_name));
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

    /// Whether every group that lists a person has the name as the person's entry does. Equal bytes are equal
    /// whatever rule a server has.
    fn is_spelled_equally(&self, person: u32) -> bool {
        let spellings = self.spellings.get_or_init(|| {
            let values = self.members.iter().flat_map(|(groups, attributes)| {
                attributes.iter().flat_map(|attribute| groups.all_values(attribute))
            });
            spellings(self.texts, values)
        });
        let name = || self.texts.find(self.texts.name(self.people.name(person)).as_bytes());
        let name = self.people.odd_name(person).or_else(name);
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
            let is_member = *listed == Authorization::Authorized && self.by_login.is_empty();
            if is_member && self.is_spelled_equally(person) {
                return None;
            }
            return Some(letters_of(&self.texts.name(self.people.name(person))));
        }
        if self.by_text
            && *listed != Authorization::Unauthorized
            && !self.is_spelled_equally(person)
        {
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
        if let Some(reason) = self.odd_like(person, who) {
            return Some(reason);
        }
        match listed {
            Authorization::Unauthorized => match &self.held {
                Some(held) => held.of_outsider(person),
                None => self.negative.clone(),
            },
            _ => None,
        }
    }

    /// The whole value is compared, with the parts that the filter itself gives.
    fn odd_like(&self, person: u32, who: &Who<'_>) -> Option<Reason> {
        if self.odd.is_empty() {
            return None;
        }
        let name = Dn::parse(&self.texts.name(self.people.name(person)));
        let name = name.unwrap_or_else(|_| Dn::root());
        self.odd.iter().find_map(|(slot, odd)| {
            let value = slot.value.fill(who.username, &name);
            forms(value.as_text()?).iter().find_map(|form| odd.get(form)).cloned()
        })
    }
}

/// By key the text of the only value with that key.
fn spellings<'v>(texts: &Texts, values: impl Iterator<Item = &'v u32>) -> Vec<u32> {
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
    if let Some(optional) = snapshot.export().and_then(|export| optional(rules, selector, export)) {
        return Err(with_options(optional));
    }
    let named = match rules.named_groups(snapshot.export().is_none()) {
        Some(search) => snapshot.answer(&search)?,
        None => groups,
    };
    if let Some(reason) = unexpected(named) {
        return Err(reason);
    }
    let candidates: Vec<u32> = authorized(rules, named, texts).collect();
    let wanted: HashSet<u32> = candidates.iter().map(|entry| named.key(*entry)).collect();
    let found = groups.entries().filter(|entry| wanted.contains(&groups.key(*entry)));
    let found: HashMap<u32, u32> = found.map(|entry| (groups.key(entry), entry)).collect();
    for entry in candidates {
        let name = || texts.name(named.name(entry));
        if let Some(reason) = computes(snapshot, named, entry) {
            return Err(reason);
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

/// An attribute of the group filter, or the name of an authorized group, that an export has with an option.
fn optional<'a>(
    rules: &'a SupplierRules,
    selector: &'a Selector,
    export: &Export,
) -> Option<&'a AttributeName> {
    let mut compared: Vec<&AttributeName> =
        selector.slots().iter().map(|slot| &slot.attribute).collect();
    selector.given().into_iter().for_each(|filter| filter.attributes(&mut compared));
    let is_authorized = |text: &String| rules.authorized.contains(text);
    let name = rules.groups.as_ref().map(|groups| &groups.name);
    let name = name.filter(|name| export.with_options(name).iter().any(is_authorized));
    compared.into_iter().find(|name| !export.with_options(name).is_empty()).or(name)
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
