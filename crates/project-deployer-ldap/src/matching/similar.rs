//! Another login that may be the same person's, and which of the two to change.

use std::fmt;

use project_deployer_core::Login;
use serde::Serialize;

use super::spellings::without_domain;
use crate::letters::coarse;

/// Another login that may be the same person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SimilarLogin {
    /// The login that was found.
    pub found: Login,
    /// How the two logins differ.
    pub kind: SimilarityKind,
    /// Whether the directory has it, and not the location's list of users.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_directory: bool,
    /// Which of the two to change.
    #[serde(skip_serializing_if = "Odd::is_unknown")]
    pub odd: Odd,
    /// The entries that the user filter leaves out, at most ten; empty for every other kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<String>,
}

/// Which of two similar logins differs from what the directory has, or the Deployer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Odd {
    /// Neither, or both.
    #[default]
    Unknown,
    /// The login that was looked for.
    Login,
    /// The login that was found.
    Found,
}

/// How two logins of one person differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SimilarityKind {
    /// In upper and lower case.
    Case,
    /// In a domain that only one of them has: `ann@example.test` or `EXAMPLE\ann`.
    DomainSuffix,
    /// By a location's remapping rules.
    Remapping,
    /// In blanks, or in letters that a directory takes for the same.
    Spelling,
    /// Not at all: an entry has the login, and the location's user filter leaves the entry out.
    UserFilter,
}

impl SimilarLogin {
    /// A login of a location and how it differs.
    #[must_use]
    pub fn new(found: Login, kind: SimilarityKind) -> Self {
        Self { found, kind, in_directory: false, odd: Odd::Unknown, entries: Vec::new() }
    }

    /// The login of entries that the user filter leaves out. Nothing is odd about it.
    #[must_use]
    pub fn left_out(found: Login, entries: Vec<String>) -> Self {
        let similar = Self::new(found, SimilarityKind::UserFilter);
        Self { in_directory: true, entries, ..similar }
    }

    /// A login of the directory. Accounts get their logins from there, so the other one is odd.
    #[must_use]
    pub fn in_directory(self) -> Self {
        Self { in_directory: true, odd: Odd::Login, ..self }
    }

    /// With the one of the two to change.
    #[must_use]
    pub fn with_odd(self, odd: Odd) -> Self {
        Self { odd, ..self }
    }
}

impl SimilarityKind {
    /// How a login differs from another one that the directory takes for it.
    pub(super) fn of(login: &Login, found: &Login) -> Self {
        let (login, found) = (login.as_str(), found.as_str());
        let (small, other) = (login.to_lowercase(), found.to_lowercase());
        if small == other {
            Self::Case
        } else if without_domain(&small) == Some(&other) {
            Self::DomainSuffix
        } else if coarse(login) == coarse(found) {
            Self::Spelling
        } else {
            Self::Remapping
        }
    }
}

impl Odd {
    /// By who has the login that was looked for, and who has the one that was found.
    pub(super) fn of(login: bool, found: bool) -> Self {
        match (login, found) {
            (true, false) => Self::Found,
            (false, true) => Self::Login,
            (true, true) | (false, false) => Self::Unknown,
        }
    }

    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }

    /// This one, or the other if this one is unknown.
    pub(super) fn or(self, other: impl FnOnce() -> Self) -> Self {
        if self.is_unknown() { other() } else { self }
    }
}

impl fmt::Display for SimilarLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            SimilarityKind::Case => "case",
            SimilarityKind::DomainSuffix => "domain",
            SimilarityKind::Remapping => "remapping",
            SimilarityKind::Spelling => "spelling",
            SimilarityKind::UserFilter => "filter",
        };
        write!(f, "`{}` (another {kind})", self.found)
    }
}
