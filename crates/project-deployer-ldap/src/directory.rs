//! The interface to a directory.

use std::fmt;

use async_trait::async_trait;
use serde::Serialize;

use crate::attribute::AttributeName;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Filter;

/// A directory of people and groups that answers searches. Programs may implement it for a source of their own;
/// implementations pass the suite of `conformance` (feature `test-support`).
///
/// An incomplete answer is marked as such: by [`Completeness::Partial`] or an error. It is never a
/// shorter list that looks complete (R10).
#[async_trait]
pub trait Directory: fmt::Debug + Send + Sync {
    /// The entries within `scope` of `base` that match the filter, with these attributes. An empty list
    /// of attributes requests all.
    ///
    /// # Errors
    ///
    /// The directory cannot be reached, refuses the search, or has no entry `base`.
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError>;

    /// The same with one request, as a node asks at a login. Some servers answer a search in pages
    /// differently, for example about groups whose members they compute.
    ///
    /// # Errors
    ///
    /// Those of [`Self::search`].
    async fn search_at_once(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        self.search(base, scope, filter, attributes).await
    }

    /// What answers the searches.
    fn nature(&self) -> Nature {
        Nature::Server
    }

    /// The same, entry by entry, for answers that are too large to hold in memory. The caller must discard
    /// the entries of an answer that ends with an error or is partial. A search that was interrupted
    /// ([`PartialReason::Interrupted`]) can be repeated from the start.
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

/// What answers the searches of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Nature {
    /// A server, which compares values by its own rules.
    Server,
    /// Entries in memory, compared as [`Filter::evaluate`] does.
    Memory,
    /// What somebody was shown once. It cannot be asked whom a server would find.
    Export,
}

/// How far below the base a search looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The base itself.
    Base,
    /// The entries one step below the base.
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
    /// Whether the answer has all entries that match.
    pub completeness: Completeness,
}

impl SearchResult {
    /// A complete answer.
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

/// Whether an answer is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Completeness {
    /// It has every entry that matches.
    Complete,
    /// Entries or values may be missing.
    Partial(PartialReason),
}

/// Why an answer is incomplete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PartialReason {
    /// The directory returns no more entries to this reader.
    SizeLimit,
    /// The directory stopped at its time limit.
    TimeLimit,
    /// The connection ended before the end of the answer.
    Interrupted,
    /// A part of the answer is in another directory. Referrals are not followed.
    Referral(String),
    /// The directory stopped at an administrative limit.
    AdministrativeLimit,
    /// The answer exceeds a limit of this client.
    OurLimit(String),
    /// An entry changed while it was read in parts.
    Changed(String),
    /// An export does not have all entries.
    Export(String),
    /// An export has only some values of an attribute that decides, such as the first range of members.
    CutValues {
        /// The DN of the entry.
        entry: String,
        /// The attribute.
        attribute: String,
    },
}

impl fmt::Display for PartialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SizeLimit => f.write_str("the directory returns no more entries to this reader"),
            Self::TimeLimit => f.write_str("the directory stopped at its time limit"),
            Self::Interrupted => f.write_str("the connection ended before the end of the answer"),
            Self::Referral(to) => write!(f, "a part of the answer is in another directory, `{to}`"),
            Self::AdministrativeLimit => f.write_str(
                "the directory stopped at an administrative limit; there, allow the bind DN to read in pages, raise its limits, or index the attributes of the filter",
            ),
            Self::OurLimit(limit) => {
                write!(f, "the answer exceeds {limit}; narrow the filter or raise the limit")
            }
            Self::Changed(entry) => write!(f, "`{entry}` changed while it was read; try again"),
            Self::Export(why) => write!(f, "the export does not have all entries: {why}"),
            Self::CutValues { entry, attribute } => write!(
                f,
                "the export has only some values of `{attribute}` of `{entry}`; export all ranges, or read the server",
            ),
        }
    }
}

/// Why a directory did not answer a search.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// There is no connection, or no trusted one.
    #[error("the directory cannot be reached: {what}")]
    Unreachable {
        /// The cause.
        what: String,
    },
    /// There was no answer in time.
    #[error("the directory did not answer in time; try again or raise the time limit")]
    TimedOut,
    /// The directory does not allow the bind or the search.
    #[error("the directory refuses: {what}; check the bind DN and its rights")]
    Refused {
        /// The message of the directory.
        what: String,
    },
    /// The base does not exist, or the reader may not see it.
    #[error(
        "the directory shows no entry `{base}`; check the base in the LDAP URL, and the rights of the bind DN"
    )]
    NoSuchBase {
        /// The base of the search.
        base: String,
    },
    /// The directory is busy or shuts down.
    #[error("the directory is not available now: {what}; try again later")]
    Unavailable {
        /// The message of the directory.
        what: String,
    },
    /// The directory has another reason not to answer.
    #[error("the directory cannot answer: {what}")]
    Failed {
        /// The message of the directory.
        what: String,
    },
    /// The search cannot be encoded.
    #[error("the directory cannot be searched for `{filter}`: {what}")]
    Unaskable {
        /// The filter.
        filter: String,
        /// The reason.
        what: &'static str,
    },
    /// The answer is malformed.
    #[error("the answer of the directory is malformed: {what}")]
    Malformed {
        /// The fault.
        what: String,
    },
}
