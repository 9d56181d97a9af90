//! One entry of a directory, such as a person or a group.

use crate::attribute::{AttributeName, AttributeValue};
use crate::dn::Dn;

/// An entry of a directory: its DN, and values by attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Entry {
    /// The DN.
    pub dn: Dn,
    /// Sorted by name, each once. A vector is smaller than a map, and there may be a million entries.
    attributes: Vec<(AttributeName, Vec<AttributeValue>)>,
    /// The attributes of which only some values are known.
    cut: Vec<AttributeName>,
}

impl Entry {
    /// An entry without attributes.
    pub fn new(dn: Dn) -> Self {
        Self { dn, attributes: Vec::new(), cut: Vec::new() }
    }

    /// The same entry, of which this attribute has more values than are known here.
    pub(crate) fn with_cut(mut self, name: AttributeName) -> Self {
        self.cut.push(name);
        self
    }

    /// The attributes that have more values than are known here, such as the members of a large group in
    /// an export that has only the first range of them.
    #[must_use]
    pub fn cut(&self) -> &[AttributeName] {
        &self.cut
    }

    /// An entry with these attributes. Values of repeated attributes are joined; attributes without values
    /// are left out.
    #[cfg(feature = "network")]
    pub(crate) fn from_attributes(
        dn: Dn,
        mut attributes: Vec<(AttributeName, Vec<AttributeValue>)>,
    ) -> Self {
        attributes.retain(|(_, values)| !values.is_empty());
        attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
        attributes.dedup_by(|(name, values), (kept, into)| {
            let same = name == kept;
            if same {
                into.append(values);
            }
            same
        });
        attributes.shrink_to_fit();
        Self { dn, attributes, cut: Vec::new() }
    }

    fn place(&self, name: &AttributeName) -> Result<usize, usize> {
        self.attributes.binary_search_by(|(known, _)| known.cmp(name))
    }

    /// The entry with one more value.
    pub fn with(mut self, name: AttributeName, value: impl Into<AttributeValue>) -> Self {
        self.add(name, value.into());
        self
    }

    /// Adds a value.
    pub fn add(&mut self, name: AttributeName, value: AttributeValue) {
        match self.place(&name) {
            Ok(place) => {
                if let Some((_, values)) = self.attributes.get_mut(place) {
                    values.push(value);
                }
            }
            Err(place) => self.attributes.insert(place, (name, vec![value])),
        }
    }

    /// The values of an attribute in order; empty if it has none.
    #[must_use]
    pub fn values(&self, name: &AttributeName) -> &[AttributeValue] {
        let found = self.place(name).ok().and_then(|place| self.attributes.get(place));
        found.map(|(_, values)| values.as_slice()).unwrap_or_default()
    }

    /// The values of an attribute that are UTF-8 text.
    pub fn texts(&self, name: &AttributeName) -> impl Iterator<Item = &str> {
        self.values(name).iter().filter_map(AttributeValue::as_text)
    }

    /// All attributes with their values.
    pub fn attributes(&self) -> impl Iterator<Item = (&AttributeName, &[AttributeValue])> {
        self.attributes.iter().map(|(name, values)| (name, values.as_slice()))
    }

    /// The entry with only these attributes. An empty list means all.
    pub fn narrowed(&self, names: &[AttributeName]) -> Self {
        if names.is_empty() {
            return self.clone();
        }
        let wanted = self.attributes.iter().filter(|(name, _)| names.contains(name));
        let attributes = wanted.cloned().collect();
        let cut = self.cut.iter().filter(|name| names.contains(name)).cloned().collect();
        Self { dn: self.dn.clone(), attributes, cut }
    }
}

#[cfg(all(test, feature = "network"))]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_that_comes_twice_has_the_values_of_both_in_order() {
        // R10: no value of a member is lost
        let name = |text: &'static str| AttributeName::known(text);
        let dn = Dn::root();
        let made = Entry::from_attributes(
            dn.clone(),
            vec![
                (name("member"), vec!["b".into()]),
                (name("cn"), vec!["x".into()]),
                (name("MEMBER"), vec!["a".into(), "c".into()]),
                (name("member"), vec!["d".into()]),
                (name("mail"), vec![]),
            ],
        );
        let texts: Vec<_> = made.texts(&name("Member")).collect();
        assert_eq!(texts, ["b", "a", "c", "d"]);
        assert_eq!(made.attributes().count(), 2);
        let added = ["b", "a", "c", "d"].into_iter();
        let added = added.fold(Entry::new(dn), |entry, value| entry.with(name("member"), value));
        assert_eq!(made, added.with(name("cn"), "x"));
    }
}
