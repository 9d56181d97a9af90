//! A directory from LDIF (RFC 2849), as `ldapsearch -LLL` writes it.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::attribute::{AttributeName, AttributeNameError, AttributeValue};
use crate::directory::{Directory, DirectoryError, Nature, Scope, SearchResult};
use crate::dn::{Dn, DnError};
use crate::entry::Entry;
use crate::filter::Filter;
use crate::memory::MemoryDirectory;

mod lines;

use lines::{Line, lines};

/// A directory from an LDIF text.
///
/// ```
/// use project_deployer_ldap::LdifDirectory;
/// let directory = LdifDirectory::parse(b"dn: uid=ann,dc=test\nuid: ann\ncn:: QW5uIExp\n")?;
/// assert_eq!(directory.entries().len(), 1);
/// let refused = LdifDirectory::parse(b"dn: uid=ann,dc=test\ncn:: QW5\n").unwrap_err();
/// assert!(refused.to_string().starts_with("LDIF line 2: "));
/// # Ok::<(), project_deployer_ldap::LdifError>(())
/// ```
#[derive(Debug, Clone)]
pub struct LdifDirectory {
    entries: Vec<Entry>,
    memory: MemoryDirectory,
}

/// Why a text is not LDIF. Lines are counted from 1, before folded lines are joined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("LDIF line {line}: {fault}")]
pub struct LdifError {
    line: usize,
    fault: LdifFault,
}

/// The fault of a line of LDIF.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LdifFault {
    /// A version other than 1.
    #[error("version `{0}` is unknown; only version 1 is supported")]
    Version(String),
    /// The line is not `attribute: value`.
    #[error(
        "no `:` after the attribute; write `attribute: value`, or a blank first to continue a line"
    )]
    NoColon,
    /// A continuation without a line before it.
    #[error("the line begins with a blank but continues no line; remove the blank")]
    NothingToContinue,
    /// A record that does not begin with its DN.
    #[error("a record begins with `{0}`; write `dn:` first, and export with `ldapsearch -LLL`")]
    NoDn(String),
    /// A second DN in one record.
    #[error("the record has a second `dn`; write an empty line between records")]
    SecondDn,
    /// A malformed DN.
    #[error("{0}")]
    Dn(#[from] DnError),
    /// A DN that is in the text twice.
    #[error("`{0}` is in the text twice; remove one record")]
    Duplicate(String),
    /// A malformed attribute name.
    #[error("{0}")]
    Attribute(#[from] AttributeNameError),
    /// Malformed base64.
    #[error("the value after `::` is not base64")]
    Base64,
    /// Bytes that are not UTF-8.
    #[error("the line is not UTF-8; write such a value as base64 after `::`")]
    NotText,
    /// A value by URL.
    #[error("a value by URL (`:<`) is not supported; write the value itself, as base64 after `::`")]
    Url,
    /// A change record.
    #[error(
        "a change record (`changetype`) does not describe an entry; export the entries themselves"
    )]
    Change,
}

impl LdifError {
    /// The number of the line, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The fault.
    #[must_use]
    pub fn fault(&self) -> &LdifFault {
        &self.fault
    }
}

impl LdifDirectory {
    /// Parses the text.
    ///
    /// # Errors
    ///
    /// A line is not LDIF. The error has the number of the first such line.
    pub fn parse(text: &[u8]) -> Result<Self, LdifError> {
        let mut reader = Reader::default();
        for line in lines(text)? {
            reader.take(&line).map_err(|fault| LdifError { line: line.number, fault })?;
        }
        let entries = reader.finish();
        Ok(Self { memory: MemoryDirectory::new(entries.iter().cloned()), entries })
    }

    /// The entries in the order of the text.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

#[async_trait]
impl Directory for LdifDirectory {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        self.memory.search(base, scope, filter, attributes).await
    }

    fn nature(&self) -> Nature {
        Nature::Export
    }
}

#[derive(Default)]
struct Reader {
    entries: Vec<Entry>,
    names: std::collections::HashSet<Dn>,
    open: Option<Entry>,
    begun: bool,
}

impl Reader {
    fn take(&mut self, line: &Line) -> Result<(), LdifFault> {
        if line.bytes.is_empty() {
            self.entries.extend(self.open.take());
            return Ok(());
        }
        let (name, value) = split(&line.bytes)?;
        let first = !std::mem::replace(&mut self.begun, true);
        match self.open.as_mut() {
            None if first && name.eq_ignore_ascii_case("version") => version(&value),
            None => self.begin(name, &value),
            Some(_) if name.eq_ignore_ascii_case("dn") => Err(LdifFault::SecondDn),
            Some(_) if name.eq_ignore_ascii_case("changetype") => Err(LdifFault::Change),
            Some(entry) => {
                entry.add(AttributeName::parse(name)?, value);
                Ok(())
            }
        }
    }

    fn begin(&mut self, name: &str, value: &AttributeValue) -> Result<(), LdifFault> {
        if !name.eq_ignore_ascii_case("dn") {
            return Err(LdifFault::NoDn(crate::caseless::shortened(name)));
        }
        let dn = Dn::parse(value.as_text().ok_or(LdifFault::NotText)?)?;
        if !self.names.insert(dn.clone()) {
            return Err(LdifFault::Duplicate(dn.to_string()));
        }
        self.open = Some(Entry::new(dn));
        Ok(())
    }

    fn finish(mut self) -> Vec<Entry> {
        self.entries.extend(self.open.take());
        self.entries
    }
}

fn version(value: &AttributeValue) -> Result<(), LdifFault> {
    match value.as_text() {
        Some("1") => Ok(()),
        other => Err(LdifFault::Version(crate::caseless::shortened(other.unwrap_or_default()))),
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

#[cfg(test)]
mod tests;
