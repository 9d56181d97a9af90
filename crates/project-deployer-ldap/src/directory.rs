//! The boundary to a directory.

use std::fmt;

use async_trait::async_trait;
use serde::Serialize;

use crate::attribute::AttributeName;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Filter;

/// A directory of people and groups, as it answers searches.
///
/// An answer that is not whole says so: [`Completeness::Partial`] or an error, never a shorter list
/// that looks whole (R10).
#[async_trait]
pub trait Directory: fmt::Debug + Send + Sync {
    /// The entries within `scope` of `base` that match the filter, with these attributes; an empty
    /// list of attributes asks for all.
    ///
    /// # Errors
    ///
    /// The directory cannot be asked, refuses, or has no entry `base`.
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError>;

    /// The same, entry by entry, for answers that nobody wants to hold as a whole. Entries that came
    /// before an error, or of an answer that is partial, tell of nobody. An answer that was interrupted
    /// ([`PartialReason::Interrupted`]) can be asked for again, from nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Self::search`].
    async fn visit(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
        visitor: &mut (dyn FnMut(Entry) + Send),
    ) -> Result<Completeness, DirectoryError> {
        let found = self.search(base, scope, filter, attributes).await?;
        found.entries.into_iter().for_each(visitor);
        Ok(found.completeness)
    }
}

/// How far below its base a search looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The base itself.
    Base,
    /// What stands one step below the base.
    OneLevel,
    /// The base and everything below it.
    Subtree,
}

/// The answer to a search.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchResult {
    /// The entries, each once.
    pub entries: Vec<Entry>,
    /// Whether these are all.
    pub completeness: Completeness,
}

impl SearchResult {
    /// All that there is.
    #[must_use]
    pub fn all(entries: Vec<Entry>) -> Self {
        Self { entries, completeness: Completeness::Complete }
    }

    /// What was read before the answer broke off.
    #[must_use]
    pub fn partial(entries: Vec<Entry>, reason: PartialReason) -> Self {
        Self { entries, completeness: Completeness::Partial(reason) }
    }
}

/// Whether an answer is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Completeness {
    /// Everything that matches is in it.
    Complete,
    /// Something may be left out.
    Partial(PartialReason),
}

/// Why an answer is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PartialReason {
    /// The directory gives no more entries to this reader.
    SizeLimit,
    /// The directory stopped after its time.
    TimeLimit,
    /// The connection ended before the answer did.
    Interrupted,
    /// A part stands in another directory, which is not followed.
    Referral(String),
    /// The directory stopped at a limit of its administrator.
    AdministrativeLimit,
    /// The answer goes beyond what this side takes.
    OurLimit(String),
    /// This entry changed while it was read in parts.
    Changed(String),
}

impl fmt::Display for PartialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SizeLimit => f.write_str("the directory gives no more entries to this reader"),
            Self::TimeLimit => f.write_str("the directory stopped after its time limit"),
            Self::Interrupted => f.write_str("the connection ended before the answer did"),
            Self::Referral(to) => write!(f, "a part stands in another directory, `{to}`"),
            Self::AdministrativeLimit => f.write_str(
                "the directory stopped at a limit of its administrator; the search may need an index there",
            ),
            Self::OurLimit(limit) => {
                write!(f, "the answer goes beyond {limit}; narrow the filter or raise the limit")
            }
            Self::Changed(entry) => write!(f, "`{entry}` changed while it was read; ask again"),
        }
    }
}

/// A search that the directory did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// No connection, or none that may be trusted.
    #[error("the directory cannot be reached: {what}")]
    Unreachable {
        /// What happened.
        what: String,
    },
    /// No answer in time.
    #[error("the directory did not answer in time")]
    TimedOut,
    /// The bind, or the search, is not allowed.
    #[error("the directory refuses: {what}; check the bind DN and what it may read")]
    Refused {
        /// What the directory says.
        what: String,
    },
    /// There is no such base, or not for this reader.
    #[error(
        "the directory shows no entry `{base}`; check the base in the LDAP URL, and what the bind DN may read"
    )]
    NoSuchBase {
        /// The base of the search.
        base: String,
    },
    /// It has no time now, or is shut down.
    #[error("the directory is not available now: {what}; ask again later")]
    Unavailable {
        /// What the directory says.
        what: String,
    },
    /// It has another reason not to answer.
    #[error("the directory cannot answer: {what}")]
    Failed {
        /// What the directory says.
        what: String,
    },
    /// The search cannot be written down for it.
    #[error("the directory cannot be asked for `{filter}`: {what}")]
    Unaskable {
        /// The filter.
        filter: String,
        /// Why.
        what: &'static str,
    },
    /// The answer cannot be read.
    #[error("the directory answers what cannot be read: {what}")]
    Malformed {
        /// What is wrong with it.
        what: String,
    },
}
