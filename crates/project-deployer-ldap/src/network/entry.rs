//! Entries as the LDAP library hands them over: a tree of tags, of which nothing is sure.

use ldap3::ResultEntry;
use ldap3::asn1::{PL, StructureTag};

use super::ber::Malformed;
use super::ranges::{Description, Open};
use crate::attribute::AttributeValue;
use crate::dn::Dn;
use crate::entry::Entry;

/// An entry with its attributes as the directory describes them.
#[derive(Debug)]
pub(super) struct RawEntry {
    pub(super) dn: Dn,
    pub(super) attributes: Vec<(Description, Vec<AttributeValue>)>,
}

impl RawEntry {
    /// Reads `SearchResultEntry` (RFC 4511, 4.5.2).
    pub(super) fn read(item: ResultEntry) -> Result<Self, Malformed> {
        let mut parts = elements(item.0)?.into_iter();
        let name = parts.next().ok_or(Malformed("an entry without a name")).and_then(text)?;
        let dn = Dn::parse(&name).map_err(|_| Malformed("an entry whose name cannot be read"))?;
        let attributes = parts.next().ok_or(Malformed("an entry without attributes"))?;
        let attributes =
            elements(attributes)?.into_iter().map(attribute).collect::<Result<_, _>>()?;
        Ok(Self { dn, attributes })
    }

    /// The entry, and the attributes of which values are missing.
    pub(super) fn into_entry(self) -> Result<(Entry, Vec<Open>), Malformed> {
        let mut entry = Entry::new(self.dn);
        let mut open = Vec::new();
        for (description, values) in self.attributes {
            if let Some(next) = description.missing(0, values.len())? {
                open.push(Open { attribute: description.name.clone(), next });
            }
            for value in values {
                entry.add(description.name.clone(), value);
            }
        }
        Ok((entry, open))
    }
}

fn attribute(tag: StructureTag) -> Result<(Description, Vec<AttributeValue>), Malformed> {
    const WHAT: Malformed = Malformed("an attribute without values");
    let mut parts = elements(tag)?.into_iter();
    let description = Description::parse(&text(parts.next().ok_or(WHAT)?)?)?;
    let values = elements(parts.next().ok_or(WHAT)?)?.into_iter();
    let values = values.map(|value| bytes(value).map(AttributeValue::from));
    Ok((description, values.collect::<Result<_, _>>()?))
}

fn elements(tag: StructureTag) -> Result<Vec<StructureTag>, Malformed> {
    match tag.payload {
        PL::C(elements) => Ok(elements),
        PL::P(_) => Err(Malformed("an entry without structure")),
    }
}

fn bytes(tag: StructureTag) -> Result<Vec<u8>, Malformed> {
    match tag.payload {
        PL::P(bytes) => Ok(bytes),
        PL::C(_) => Err(Malformed("an entry with structure where a value is due")),
    }
}

fn text(tag: StructureTag) -> Result<String, Malformed> {
    String::from_utf8(bytes(tag)?).map_err(|_| Malformed("an entry with a name that is not text"))
}
