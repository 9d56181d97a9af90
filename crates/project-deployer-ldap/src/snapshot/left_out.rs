//! The entries of an export that have a login and that the user filter leaves out. A server is asked about them
//! instead.

use std::collections::{HashMap, HashSet};

use super::DirectorySnapshot;
use super::entries::{EntryTable, Texts};
use super::export::on_server;
use crate::account_state::{AccountBlock, AccountState};
use crate::attribute::{AttributeName, AttributeValue};
use crate::dn::Dn;
use crate::fetched::{Fetched, Reason};
use crate::filter::{Filter, Truth};
use crate::letters::{forms, is_plain};
use crate::login_check::{may_be_person, may_leave_out};
use crate::remapping::TimeBudget;
use crate::schema::Equality;
use crate::supplier::SupplierRules;
use crate::template::{Selector, Slot};

/// How many entries of one login are named.
const SHOWN: usize = 10;

/// What is known about entries that the user filter leaves out.
#[derive(Debug, Clone, Default)]
pub(super) struct LeftOut<'a> {
    tables: Option<(&'a Texts, &'a EntryTable)>,
    /// Why a listing of a server says nothing about them.
    doubt: Option<Reason>,
    values: Vec<Values>,
}

/// The values of an attribute that entries with a login hold.
#[derive(Debug, Clone)]
struct Values {
    /// None for the login itself.
    slot: Option<Slot>,
    is_caseless: bool,
    /// Each value with its entry, by its coarse forms.
    held: HashMap<String, Vec<(String, u32)>>,
}

impl<'a> LeftOut<'a> {
    pub(super) fn of(
        rules: &SupplierRules,
        selector: &Selector,
        snapshot: &'a DirectorySnapshot,
        people: &EntryTable,
    ) -> Self {
        if !may_leave_out(rules) {
            return Self::default();
        }
        if snapshot.export().is_none() {
            return Self { doubt: Some(may_leave_out_somebody()), ..Self::default() };
        }
        let wide = rules.wide_people().and_then(|search| snapshot.answer(&search));
        let wide = match wide {
            Ok(wide) => wide,
            Err(reason) => return Self { doubt: Some(reason), ..Self::default() },
        };
        let texts = snapshot.texts();
        let entries = entries(selector, texts, wide, people);
        let caseless =
            |name: &AttributeName| snapshot.schema().equality(name) == Equality::Caseless;
        let logins = logins(rules, texts, wide, &entries);
        let login = Values { slot: None, is_caseless: caseless(&rules.login), held: logins };
        // The values that the slots compare are those of before a remapping.
        let slots = selector.slots().iter().filter(|_| rules.remapping.is_empty());
        let of_slot = |slot: &Slot| Values {
            slot: Some(slot.clone()),
            is_caseless: caseless(&slot.attribute),
            held: held(texts, wide, &entries, &slot.attribute, |text| Some(text.to_owned())),
        };
        let values = std::iter::once(login).chain(slots.map(of_slot)).collect();
        Self { tables: Some((texts, wide)), doubt: None, values }
    }

    /// Why the listing does not prove that the filter leaves out nobody.
    pub(super) fn doubt(&self) -> Option<&Reason> {
        self.doubt.as_ref()
    }

    /// The entries with a login, at most ten, and the worst state of their accounts; none if there are none.
    ///
    /// # Errors
    ///
    /// An entry has the login in another spelling, and only the directory knows whether that is the same.
    pub(super) fn find(&self, login: &str) -> Fetched<Option<(Vec<String>, AccountState)>> {
        let Some((texts, wide)) = self.tables else { return Ok(None) };
        let entries = self.entries(login)?;
        if entries.is_empty() {
            return Ok(None);
        }
        let mut names: Vec<String> =
            entries.iter().map(|entry| texts.name(wide.name(*entry))).collect();
        names.sort();
        names.dedup();
        names.truncate(SHOWN);
        let block = self.block_of(&entries).cloned().map(AccountState::Blocked);
        Ok(Some((names, block.unwrap_or(AccountState::Active))))
    }

    /// Why the directory blocks an entry with this login.
    pub(super) fn block(&self, login: &str) -> Option<&'a AccountBlock> {
        self.block_of(&self.entries(login).ok()?)
    }

    fn block_of(&self, entries: &[u32]) -> Option<&'a AccountBlock> {
        let (_, wide) = self.tables?;
        entries.iter().find_map(|entry| match wide.state(*entry) {
            Some(AccountState::Blocked(block)) => Some(block),
            _ => None,
        })
    }

    fn entries(&self, login: &str) -> Fetched<Vec<u32>> {
        let (mut entries, mut may_be_more) = (Vec::new(), false);
        for values in &self.values {
            let wanted = match &values.slot {
                Some(slot) => slot.value.fill(login, &Dn::root()),
                None => AttributeValue::from(login),
            };
            let Some(text) = wanted.as_text() else { continue };
            let forms = forms(text);
            let similar = forms.iter().filter_map(|form| values.held.get(form)).flatten();
            for (held, entry) in similar {
                match values.are_equal(held, text) {
                    Some(true) => entries.push(*entry),
                    Some(false) => {}
                    None => may_be_more = true,
                }
            }
        }
        if entries.is_empty() && may_be_more { Err(spelling()) } else { Ok(entries) }
    }
}

impl Values {
    /// Whether the directory takes two values for the same; none if only the directory knows.
    fn are_equal(&self, held: &str, wanted: &str) -> Option<bool> {
        let are_plain = is_plain(held.as_bytes()) && is_plain(wanted.as_bytes());
        let normal = |text: &str| AttributeValue::from(text).normal();
        match held == wanted {
            true => Some(true),
            false => (self.is_caseless && are_plain).then(|| normal(held) == normal(wanted)),
        }
    }
}

/// The entries that the user filter certainly leaves out, and that may be a person's.
fn entries(selector: &Selector, texts: &Texts, wide: &EntryTable, people: &EntryTable) -> Vec<u32> {
    let found: HashSet<u32> = people.entries().map(|entry| people.key(entry)).collect();
    let given = Filter::And(selector.given().into_iter().cloned().collect());
    let others = wide.entries().filter(|entry| !found.contains(&wide.key(*entry)));
    let is_left_out = |number: &u32| {
        let entry = wide.entry(texts, *number);
        on_server(&given, &entry) == Truth::False && may_be_person(&entry)
    };
    others.filter(is_left_out).collect()
}

fn logins(
    rules: &SupplierRules,
    texts: &Texts,
    wide: &EntryTable,
    entries: &[u32],
) -> HashMap<String, Vec<(String, u32)>> {
    let mut budget = TimeBudget::new();
    // A login that the rules cannot remap is nobody's.
    let login =
        |text: &str| rules.remapping.applied(text, &mut budget).ok().map(|made| made.into());
    held(texts, wide, entries, &rules.login, login)
}

fn held(
    texts: &Texts,
    wide: &EntryTable,
    entries: &[u32],
    attribute: &AttributeName,
    mut made: impl FnMut(&str) -> Option<String>,
) -> HashMap<String, Vec<(String, u32)>> {
    let mut held: HashMap<String, Vec<(String, u32)>> = HashMap::new();
    let column = wide.column(attribute);
    for entry in entries {
        for text in wide.values(column, *entry).iter().filter_map(|value| texts.text(*value)) {
            if let Some(text) = made(text) {
                for form in forms(&text) {
                    held.entry(form).or_default().push((text.clone(), *entry));
                }
            }
        }
    }
    held
}

/// Why a listing that does not have a login does not prove that nobody has it.
fn may_leave_out_somebody() -> Reason {
    Reason::new(
        "the user filter has more conditions than the login, and only the directory knows whether it leaves out an \
         entry with this login",
    )
}

fn spelling() -> Reason {
    Reason::new(
        "the user filter leaves out an entry with this login in another spelling, and only the directory knows whether \
         that is the same",
    )
}
