//! The problems of a document, all at once, each with its field and its hint.

use std::fmt;

use serde::Serialize;

/// One problem of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// Which field, such as `permissions[2].group`; empty for the document as a whole.
    pub path: String,
    /// What kind of problem, for programs.
    pub code: ProblemCode,
    /// What is wrong, with the value unless it is secret.
    pub what: String,
    /// What to write instead.
    pub hint: String,
}

/// The kinds of problem. Each has a stable id for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ProblemCode {
    /// The text is not JSON.
    NotJson,
    /// The document nests deeper than the limit.
    TooDeep,
    /// A required field is absent, null or blank.
    Missing,
    /// A field has another JSON type.
    WrongType,
    /// The value of a field breaks its rule.
    Invalid,
    /// The value of a field is not in its list of known values.
    UnknownValue,
    /// An entry is listed twice.
    Duplicate,
    /// The field refers to an object that does not exist.
    NotFound,
    /// Too few or too many entries.
    Count,
    /// A field contradicts another one or the state.
    Conflict,
}

impl ProblemCode {
    /// The stable id.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::TooDeep => "too-deep",
            Self::Missing => "missing",
            Self::WrongType => "wrong-type",
            Self::Invalid => "invalid",
            Self::UnknownValue => "unknown-value",
            Self::Duplicate => "duplicate",
            Self::NotFound => "not-found",
            Self::Count => "count",
            Self::Conflict => "conflict",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "{}; {} [{}]", self.what, self.hint, self.code.as_str())
    }
}

/// An error with separate texts for what is wrong and what to write, as a [`Problem`] has them. A value in
/// it may have any punctuation, so its message cannot be split later.
pub(crate) trait Refusal {
    /// What is wrong, with the value unless it is secret.
    fn what(&self) -> String;

    /// What to write instead.
    fn hint(&self) -> String;
}

/// All problems of a document, in the order of its fields. An error has at least one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Empty.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a problem.
    pub fn note(
        &mut self,
        path: impl Into<String>,
        code: ProblemCode,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.0.push(Problem { path: path.into(), code, what: what.into(), hint: hint.into() });
    }

    /// Adds the problems of another check.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// `value` when nothing was noted, the problems otherwise.
    ///
    /// # Errors
    ///
    /// At least one problem was noted.
    pub fn or_value<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Whether one of them has this path and code.
    #[must_use]
    pub fn has(&self, path: &str, code: ProblemCode) -> bool {
        self.0.iter().any(|problem| problem.path == path && problem.code == code)
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("no problem"),
            [only] => only.fmt(f),
            many => {
                write!(f, "{} problems", many.len())?;
                many.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
            }
        }
    }
}

impl std::error::Error for Problems {}
