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
    ) -> Result<Found, DirectoryError>;
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
pub struct Found {
    /// The entries, each once.
    pub entries: Vec<Entry>,
    /// Whether these are all.
    pub completeness: Completeness,
}

impl Found {
    /// All that there is.
    #[must_use]
    pub fn all(entries: Vec<Entry>) -> Self {
        Self { entries, completeness: Completeness::Complete }
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
}

impl fmt::Display for PartialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SizeLimit => f.write_str("the directory gives no more entries to this reader"),
            Self::TimeLimit => f.write_str("the directory stopped after its time limit"),
            Self::Interrupted => f.write_str("the connection ended before the answer did"),
            Self::Referral(to) => write!(f, "a part stands in another directory, `{to}`"),
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
    /// There is no such base.
    #[error("the directory has no entry `{base}`; check the base in the LDAP URL")]
    NoSuchBase {
        /// The base of the search.
        base: String,
    },
    /// The answer cannot be read.
    #[error("the directory answers what cannot be read: {what}")]
    Malformed {
        /// What is wrong with it.
        what: String,
    },
}
