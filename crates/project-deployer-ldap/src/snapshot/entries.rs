//! Compact storage for the answers of a directory: each text is stored once, and an entry is a row of
//! numbers.

use super::states::AccountStates;
use crate::account_state::AccountState;
use crate::attribute::{AttributeName, AttributeValue};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::letters;
use crate::texts::{Interner, NONE, SortKey, number, position, sort};

/// The texts of all answers: values, names, and comparison keys. A directory considers two values equal if
/// their keys are equal.
#[derive(Clone, Default)]
pub(crate) struct Texts {
    pool: Interner,
    /// For each text that is a value, the number of its key.
    keys: Vec<u32>,
    /// For each text that is a login, its rank among all logins.
    ranks: Vec<u32>,
    /// The values that servers may compare in different ways.
    odd: Bits,
}

/// A set of numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn add(&mut self, number: u32) {
        let at = position(number / u64::BITS);
        if self.0.len() <= at {
            self.0.resize(at + 1, 0);
        }
        if let Some(word) = self.0.get_mut(at) {
            *word |= 1 << (number % u64::BITS);
        }
    }

    pub(crate) fn has(&self, number: u32) -> bool {
        let word = self.0.get(position(number / u64::BITS));
        word.is_some_and(|word| word >> (number % u64::BITS) & 1 == 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The entries of an answer.
#[derive(Clone, Default)]
pub(crate) struct EntryTable {
    /// For each entry the key of its name, and its name as the directory writes it.
    names: Vec<(u32, u32)>,
    columns: Vec<Column>,
    states: AccountStates,
    /// Entries whose names servers may compare in different ways, in order, each with the text of the name as the
    /// server wrote it.
    odd_names: Vec<(u32, u32)>,
    /// An attribute that came although it was not requested.
    unexpected: Option<AttributeName>,
    /// The attributes of the last entry that had only requested ones.
    expected: Vec<AttributeName>,
    /// The entries of which only some values are known, in order.
    cut: Vec<u32>,
}

/// The values of one attribute.
#[derive(Clone)]
struct Column {
    attribute: AttributeName,
    /// Where the values of each entry end.
    ends: Vec<u32>,
    values: Vec<u32>,
}

impl Texts {
    /// The number of texts. All numbers of texts and keys are below it.
    pub(crate) fn len(&self) -> usize {
        self.pool.len()
    }

    pub(crate) fn bytes(&self, value: u32) -> &[u8] {
        self.pool.get(value)
    }

    /// The value, if it is a text.
    pub(crate) fn text(&self, value: u32) -> Option<&str> {
        std::str::from_utf8(self.pool.get(value)).ok()
    }

    /// The comparison key of a value. A directory considers two values equal if their keys are equal.
    pub(crate) fn key(&self, value: u32) -> u32 {
        self.keys.get(position(value)).copied().unwrap_or(NONE)
    }

    /// The key of a value that is not stored here, if a stored value has the same key.
    pub(crate) fn find_key(&self, value: &AttributeValue) -> Option<u32> {
        match name_in(value) {
            Some(dn) => self.find_name(dn.normal()),
            None => self.pool.find(&value.normal()),
        }
    }

    /// A name as the directory writes it.
    pub(crate) fn name(&self, name: u32) -> String {
        let bytes = self.pool.get(name);
        let (above, own) = bytes.split_at_checked(4).unwrap_or_default();
        let mut text = String::from_utf8_lossy(own).into_owned();
        let above = above.try_into().map_or(NONE, u32::from_le_bytes);
        if above != NONE {
            text.push(',');
            text.push_str(&String::from_utf8_lossy(self.pool.get(above)));
        }
        text
    }

    /// The number of the parent of a name; none for a name of one step.
    pub(super) fn parent(&self, name: u32) -> Option<u32> {
        let (above, _) = self.pool.get(name).split_first_chunk()?;
        Some(u32::from_le_bytes(*above)).filter(|above| *above != NONE)
    }

    /// The rank of a login among all logins of [`Self::rank_all`].
    pub(crate) fn rank(&self, value: u32) -> Option<u32> {
        self.ranks.get(position(value)).copied().filter(|rank| *rank != NONE)
    }

    /// The number of a text, if it is stored.
    pub(crate) fn find(&self, text: &[u8]) -> Option<u32> {
        self.pool.find(text)
    }

    /// Whether servers may compare this value in different ways.
    pub(crate) fn is_odd(&self, value: u32) -> bool {
        self.odd.has(value)
    }

    /// Whether all values are plain.
    pub(crate) fn are_plain(&self) -> bool {
        self.odd.is_empty()
    }

    /// Sorts logins once, for all callers that need them in order.
    pub(super) fn rank_all(&mut self, logins: impl Iterator<Item = u32>) {
        let mut ranks = vec![NONE; self.len()];
        let mut sort_keys: Vec<SortKey> = Vec::new();
        for login in logins.filter(|login| self.text(*login).is_some()) {
            if let Some(rank) = ranks.get_mut(position(login)).filter(|rank| **rank == NONE) {
                *rank = 0;
                sort_keys.push(SortKey::new(0, login));
            }
        }
        sort(&mut sort_keys, &|sort_key| self.bytes(sort_key.at()));
        for (place, sort_key) in sort_keys.iter().enumerate() {
            if let Some(rank) = ranks.get_mut(position(sort_key.at())) {
                *rank = number(place);
            }
        }
        self.ranks = ranks;
    }

    fn value(&mut self, value: &AttributeValue) -> u32 {
        let text = self.pool.intern(value.as_bytes());
        if self.key(text) == NONE {
            let key = match name_in(value) {
                Some(dn) => self.add_name(dn.normal()),
                None => self.pool.intern(&value.normal()),
            };
            // What is no name for us, such as one in quotes, may be one for a server.
            let is_plain = match value.as_text() {
                Some(text) if text.contains('=') => letters::is_plain_dn(text),
                _ => letters::is_plain(value.as_bytes()),
            };
            if !is_plain {
                self.odd.add(text);
            }
            self.keys.resize(self.pool.len(), NONE);
            if let Some(slot) = self.keys.get_mut(position(text)) {
                *slot = key;
            }
        }
        text
    }

    /// Stores a name as the number of its parent and its own step, so that names share their parents.
    fn add_name(&mut self, name: &str) -> u32 {
        let (own, above) = cut(name);
        let above = above.map_or(NONE, |above| self.pool.intern(above.as_bytes()));
        self.pool.intern(&joined(above, own))
    }

    fn find_name(&self, name: &str) -> Option<u32> {
        let (own, above) = cut(name);
        let above = above.map_or(Some(NONE), |above| self.pool.find(above.as_bytes()))?;
        self.pool.find(&joined(above, own))
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.pool.shrink_to_fit();
        self.keys.shrink_to_fit();
    }
}

/// The value as a name, by the same rule as [`comparison_key`](crate::template::comparison_key).
fn name_in(value: &AttributeValue) -> Option<Dn> {
    value.as_text().filter(|text| text.contains('=')).and_then(|text| Dn::parse(text).ok())
}

/// The first step of a name, and its parent.
fn cut(name: &str) -> (&str, Option<&str>) {
    let mut escape = false;
    for (at, character) in name.char_indices() {
        match character {
            _ if escape => escape = false,
            '\\' => escape = true,
            ',' => return (name.get(..at).unwrap_or_default(), name.get(at + 1..)),
            _ => {}
        }
    }
    (name, None)
}

fn joined(above: u32, own: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + own.len());
    bytes.extend(above.to_le_bytes());
    bytes.extend(own.as_bytes());
    bytes
}

impl EntryTable {
    /// A table for these attributes.
    pub(crate) fn new<'n>(attributes: impl IntoIterator<Item = &'n AttributeName>) -> Self {
        let column =
            |name: &AttributeName| Column { attribute: name.clone(), ends: vec![], values: vec![] };
        let columns = attributes.into_iter().map(column).collect();
        Self { columns, ..Self::default() }
    }

    /// Notes an attribute that is not among the requested ones: the server has other names for those, or
    /// options. `requested` is sorted.
    pub(crate) fn note_attributes(&mut self, entry: &Entry, requested: &[AttributeName]) {
        let names = || entry.attributes().map(|(name, _)| name);
        if self.unexpected.is_some() || names().eq(&self.expected) {
            return;
        }
        self.unexpected = names().find(|name| requested.binary_search(name).is_err()).cloned();
        self.expected = names().cloned().collect();
    }

    /// An attribute that came although it was not requested.
    pub(crate) fn unexpected(&self) -> Option<&AttributeName> {
        self.unexpected.as_ref()
    }

    /// Whether servers may compare the name of an entry in different ways.
    pub(crate) fn has_odd_name(&self, entry: u32) -> bool {
        self.odd_name(entry).is_some()
    }

    /// The text of a name that servers may compare in different ways, as the server wrote it.
    pub(crate) fn odd_name(&self, entry: u32) -> Option<u32> {
        let at = self.odd_names.binary_search_by_key(&entry, |(entry, _)| *entry).ok()?;
        self.odd_names.get(at).map(|(_, text)| *text)
    }

    /// Whether only some values of an entry are known ([`Entry::cut`]).
    pub(crate) fn is_cut(&self, entry: u32) -> bool {
        self.cut.binary_search(&entry).is_ok()
    }

    /// Stores the account state of an entry that is pushed next.
    pub(super) fn note_state(&mut self, entry: &Entry, state: AccountState) {
        self.states.note(number(self.names.len()), entry, state);
    }

    pub(super) fn states_mut(&mut self) -> &mut AccountStates {
        &mut self.states
    }

    pub(super) fn states(&self) -> &AccountStates {
        &self.states
    }

    /// The state of the account of an entry; none where it is active.
    pub(crate) fn state(&self, entry: u32) -> Option<&AccountState> {
        self.states.of(entry)
    }

    pub(crate) fn push(&mut self, texts: &mut Texts, entry: &Entry) {
        let (key, name) = (texts.add_name(entry.dn.normal()), entry.dn.to_string());
        if !letters::is_plain_dn(&name) {
            let written = texts.pool.intern(entry.dn.written().as_bytes());
            self.odd_names.push((number(self.names.len()), written));
        }
        if !entry.cut().is_empty() {
            self.cut.push(number(self.names.len()));
        }
        self.names.push((key, texts.add_name(&name)));
        for column in &mut self.columns {
            let values = entry.values(&column.attribute);
            column.values.extend(values.iter().map(|value| texts.value(value)));
            column.ends.push(number(column.values.len()));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The numbers of all entries.
    pub(crate) fn entries(&self) -> std::ops::Range<u32> {
        0..number(self.len())
    }

    /// The key of an entry's name.
    pub(crate) fn key(&self, entry: u32) -> u32 {
        self.names.get(position(entry)).map_or(NONE, |(key, _)| *key)
    }

    /// The name of an entry, as a number of [`Texts::name`].
    pub(crate) fn name(&self, entry: u32) -> u32 {
        self.names.get(position(entry)).map_or(NONE, |(_, name)| *name)
    }

    /// The column of an attribute; none if it was not requested.
    pub(crate) fn column(&self, attribute: &AttributeName) -> Option<usize> {
        self.columns.iter().position(|column| column.attribute == *attribute)
    }

    /// All values of an attribute.
    pub(super) fn all_values(&self, attribute: &AttributeName) -> &[u32] {
        let column = self.columns.iter().find(|column| column.attribute == *attribute);
        column.map(|column| column.values.as_slice()).unwrap_or_default()
    }

    /// The values of an entry in a column.
    pub(crate) fn values(&self, column: Option<usize>, entry: u32) -> &[u32] {
        let Some(column) = column.and_then(|column| self.columns.get(column)) else { return &[] };
        let end = |entry: usize| column.ends.get(entry).copied().map_or(0, position);
        let begin = position(entry).checked_sub(1).map_or(0, end);
        column.values.get(begin..end(position(entry))).unwrap_or_default()
    }

    /// An entry with its attributes but without its name, for filters that have to evaluate it.
    pub(crate) fn entry(&self, texts: &Texts, entry: u32) -> Entry {
        let mut whole = Entry::new(Dn::root());
        for (column, held) in self.columns.iter().enumerate() {
            for value in self.values(Some(column), entry) {
                let value = AttributeValue::from(texts.bytes(*value).to_vec());
                whole.add(held.attribute.clone(), value);
            }
        }
        whole
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.names.shrink_to_fit();
        self.states.shrink_to_fit();
        for column in &mut self.columns {
            column.ends.shrink_to_fit();
            column.values.shrink_to_fit();
        }
    }
}

impl std::fmt::Debug for EntryTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} entries", self.len())
    }
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} texts", self.len())
    }
}
