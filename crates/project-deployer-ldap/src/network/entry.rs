//! Parses entries from the network. The bytes are not trusted.

use super::ber::{Elements, Malformed, tag};
use super::ranges::Open;
use crate::attribute::AttributeValue;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::value_range::Description;

/// An entry with its attributes as the directory names them.
#[derive(Debug)]
pub(super) struct RawEntry {
    pub(super) dn: Dn,
    pub(super) attributes: Vec<(Description, Vec<AttributeValue>)>,
}

impl RawEntry {
    /// Parses `SearchResultEntry` (RFC 4511, 4.5.2).
    pub(super) fn read(content: &[u8]) -> Result<Self, Malformed> {
        let mut parts = Elements(content);
        let name = parts.text("an entry whose name is missing or not text")?;
        let dn = Dn::parse(name).map_err(|_| Malformed("an entry with a malformed name"))?;
        let mut written = Elements(parts.expect(tag::SEQUENCE, "an entry without attributes")?);
        let mut attributes = Vec::new();
        while !written.is_empty() {
            let next = written.expect(tag::SEQUENCE, "an entry with a malformed attribute")?;
            attributes.push(attribute(next)?);
        }
        Ok(Self { dn, attributes })
    }

    /// The entry, and the attributes with missing values.
    pub(super) fn into_entry(self) -> Result<(Entry, Vec<Open>), Malformed> {
        let mut open = Vec::new();
        let mut attributes = Vec::with_capacity(self.attributes.len());
        for (description, values) in self.attributes {
            if let Some(next) = description.missing(0, values.len())? {
                open.push(Open { attribute: description.name.clone(), next });
            }
            attributes.push((description.name, values));
        }
        Ok((Entry::from_attributes(self.dn, attributes), open))
    }
}

fn attribute(content: &[u8]) -> Result<(Description, Vec<AttributeValue>), Malformed> {
    const WHAT: &str = "an attribute without values";
    let mut parts = Elements(content);
    let description = Description::read(parts.text(WHAT)?)?;
    let mut written = Elements(parts.expect(tag::SET, WHAT)?);
    let mut values = Vec::new();
    while !written.is_empty() {
        let value = written.expect(tag::OCTETS, "an entry with a malformed value")?;
        values.push(AttributeValue::from(value.to_vec()));
    }
    Ok((description, values))
}
