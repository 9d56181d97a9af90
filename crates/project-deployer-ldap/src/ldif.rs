//! A directory from LDIF (RFC 2849), as `ldapsearch`, `slapcat` and `ldifde` write it.

use async_trait::async_trait;

use crate::attribute::AttributeName;
use crate::directory::{
    Completeness, Directory, DirectoryError, Nature, PartialReason, Scope, SearchResult,
};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Filter;
use crate::memory::MemoryDirectory;

mod encoding;
mod fault;
mod lines;
mod ranges;
mod reader;
mod result;

pub use fault::{LdifError, LdifFault};
use reader::Reader;

/// A directory from an LDIF text.
///
/// - The text is UTF-8, with or without a mark, or UTF-16.
/// - Records with `changetype: add` are entries; other change records are refused.
/// - What `ldapsearch` writes after the entries says whether they are all. If they are not, every answer is
///   [partial](Completeness::Partial).
/// - Ranges of values such as `member;range=0-1499` are joined. If some are missing, the entry says so
///   ([`Entry::cut`]).
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
    partial: Option<PartialReason>,
}

impl LdifDirectory {
    /// Parses the text.
    ///
    /// # Errors
    ///
    /// A line is not LDIF. The error has the number of the first such line.
    pub fn parse(text: &[u8]) -> Result<Self, LdifError> {
        let text = encoding::decoded(text)?;
        let mut reader = Reader::default();
        for line in lines::lines(&text)? {
            reader.take(&line).map_err(|fault| LdifError { line: line.number, fault })?;
        }
        let (entries, partial) = reader.finish();
        Ok(Self { memory: MemoryDirectory::new(entries.iter().cloned()), entries, partial })
    }

    /// The entries in the order of the text.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether the text has all entries of its search, as far as it says so.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        self.partial.clone().map_or(Completeness::Complete, Completeness::Partial)
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
        let found = self.memory.search(base, scope, filter, attributes).await?;
        Ok(match &self.partial {
            Some(reason) => SearchResult::partial(found.entries, reason.clone()),
            None => found,
        })
    }

    /// Without a copy of all entries.
    async fn visit(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
        visitor: &mut (dyn FnMut(Entry) + Send),
    ) -> Result<Completeness, DirectoryError> {
        let visited = self.memory.visit(base, scope, filter, attributes, visitor).await?;
        Ok(self.partial.clone().map_or(visited, Completeness::Partial))
    }

    fn nature(&self) -> Nature {
        Nature::Export
    }
}

#[cfg(test)]
mod tests;
