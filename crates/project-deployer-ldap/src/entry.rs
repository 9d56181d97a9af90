//! What a directory holds of one person or group.

use std::collections::BTreeMap;

use crate::attribute::{AttributeName, AttributeValue};
use crate::dn::Dn;

/// An entry of a directory: its name, and values by attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub dn: Dn,
    attributes: BTreeMap<AttributeName, Vec<AttributeValue>>,
}

impl Entry {
    /// An entry without attributes.
    #[must_use]
    pub fn new(dn: Dn) -> Self {
        Self { dn, attributes: BTreeMap::new() }
    }

    /// The entry with one more value.
    #[must_use]
    pub fn with(mut self, name: AttributeName, value: impl Into<AttributeValue>) -> Self {
        self.add(name, value.into());
        self
    }

    /// Adds a value.
    pub fn add(&mut self, name: AttributeName, value: AttributeValue) {
        self.attributes.entry(name).or_default().push(value);
    }

    /// The values of an attribute in order; empty when it has none.
    #[must_use]
    pub fn values(&self, name: &AttributeName) -> &[AttributeValue] {
        self.attributes.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The values of an attribute that are text.
    pub fn texts(&self, name: &AttributeName) -> impl Iterator<Item = &str> {
        self.values(name).iter().filter_map(AttributeValue::as_text)
    }

    /// All attributes with their values.
    pub fn attributes(&self) -> impl Iterator<Item = (&AttributeName, &[AttributeValue])> {
        self.attributes.iter().map(|(name, values)| (name, values.as_slice()))
    }

    /// The entry with these attributes only; an empty list means all of them.
    #[must_use]
    pub fn narrowed(&self, names: &[AttributeName]) -> Self {
        if names.is_empty() {
            return self.clone();
        }
        let wanted = self.attributes.iter().filter(|(name, _)| names.contains(name));
        let attributes = wanted.map(|(name, values)| (name.clone(), values.clone())).collect();
        Self { dn: self.dn.clone(), attributes }
    }
}
