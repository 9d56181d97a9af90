//! The records of LDIF.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::LdifFault;
use super::lines::{Line, REFERENCE};
use super::ranges::Ranges;
use super::result::Ending;
use crate::attribute::{AttributeName, AttributeValue};
use crate::caseless::shortened;
use crate::directory::PartialReason;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::value_range::Description;

/// Reads records line by line.
#[derive(Default)]
pub(super) struct Reader {
    entries: Vec<Entry>,
    names: HashSet<Dn>,
    open: Option<Record>,
    ending: Ending,
}

/// A record whose end is not read yet.
enum Record {
    Entry(Entry, Ranges),
    /// The result of a search, or a reference: `ldapsearch` writes both without `-L`.
    Ending,
}

impl Reader {
    pub(super) fn take(&mut self, line: &Line) -> Result<(), LdifFault> {
        if line.bytes.is_empty() {
            self.close();
            return Ok(());
        }
        if let Some(reference) = line.bytes.strip_prefix(REFERENCE) {
            self.ending.reference(std::str::from_utf8(reference).map_err(|_| LdifFault::NotText)?);
            return Ok(());
        }
        let (name, value) = split(&line.bytes)?;
        match self.open.as_mut() {
            None => self.begin(name, &value),
            Some(Record::Entry(entry, ranges)) => attribute(entry, ranges, name, value),
            Some(Record::Ending) => self.ending(name, &value),
        }
    }

    fn begin(&mut self, name: &str, value: &AttributeValue) -> Result<(), LdifFault> {
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        if is("version") {
            return version(value);
        }
        if is("search") || is("result") || is("ref") {
            self.open = Some(Record::Ending);
            return self.ending(name, value);
        }
        if !is("dn") {
            return Err(LdifFault::NoDn(shortened(name)));
        }
        let dn = Dn::parse(value.as_text().ok_or(LdifFault::NotText)?)?;
        if !self.names.insert(dn.clone()) {
            return Err(LdifFault::Duplicate(dn.to_string()));
        }
        self.open = Some(Record::Entry(Entry::new(dn), Ranges::default()));
        Ok(())
    }

    fn ending(&mut self, name: &str, value: &AttributeValue) -> Result<(), LdifFault> {
        if name.eq_ignore_ascii_case("ref") {
            self.ending.reference(value.as_text().ok_or(LdifFault::NotText)?);
        }
        self.ending.take(name, value)
    }

    fn close(&mut self) {
        if let Some(Record::Entry(entry, ranges)) = self.open.take() {
            self.entries.push(ranges.cut().into_iter().fold(entry, Entry::with_cut));
        }
    }

    /// The entries, and why some may be missing.
    pub(super) fn finish(mut self) -> (Vec<Entry>, Option<PartialReason>) {
        self.close();
        (self.entries, self.ending.partial())
    }
}

fn attribute(
    entry: &mut Entry,
    ranges: &mut Ranges,
    name: &str,
    value: AttributeValue,
) -> Result<(), LdifFault> {
    if name.eq_ignore_ascii_case("dn") {
        return Err(LdifFault::SecondDn);
    }
    // `ldifde` writes `changetype: add` into every record; such a record describes an entry.
    if name.eq_ignore_ascii_case("changetype") {
        let kind = value.as_text().unwrap_or_default().trim();
        let is_add = kind.eq_ignore_ascii_case("add");
        return if is_add { Ok(()) } else { Err(LdifFault::Change(shortened(kind))) };
    }
    match Description::parse(name) {
        Some(Description { name, range: Some(range) }) => {
            ranges.note(&name, range);
            entry.add(name, value);
        }
        _ => entry.add(AttributeName::parse(name)?, value),
    }
    Ok(())
}

fn version(value: &AttributeValue) -> Result<(), LdifFault> {
    match value.as_text() {
        Some("1") => Ok(()),
        other => Err(LdifFault::Version(shortened(other.unwrap_or_default()))),
    }
}

/// `name: text` or `name:: base64`. `name:< url` is refused, since parsing a text must not read files or
/// URLs.
fn split(bytes: &[u8]) -> Result<(&str, AttributeValue), LdifFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| LdifFault::NotText)?;
    let (name, rest) = text.split_once(':').ok_or(LdifFault::NoColon)?;
    if rest.starts_with('<') {
        return Err(LdifFault::Url);
    }
    let value = match rest.strip_prefix(':') {
        Some(encoded) => {
            let decoded = STANDARD.decode(encoded.trim_matches(' '));
            decoded.map_err(|_| LdifFault::Base64)?.into()
        }
        None => AttributeValue::from(rest.trim_start_matches(' ')),
    };
    Ok((name, value))
}
