//! What is wrong with a file: everything at once, each with its place.

use std::fmt;

use project_deployer_core::ProblemCode;
use serde::Serialize;

use super::text::Position;

/// One mistake of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EstateProblem {
    /// Which field, such as `infrastructures[1].nodes[0].url`; empty for the file as a whole.
    pub path: String,
    /// The line in the file, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column in that line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// What kind of mistake, for programs.
    pub code: ProblemCode,
    /// What is wrong. It never repeats a value that may be secret.
    pub what: String,
    /// What to write.
    pub hint: String,
}

impl EstateProblem {
    pub(super) fn new(
        path: impl Into<String>,
        code: ProblemCode,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let (path, what, hint) = (path.into(), what.into(), hint.into());
        Self { path, line: None, column: None, code, what, hint }
    }

    pub(super) fn at(self, at: Option<Position>) -> Self {
        let (line, column) = at.map(|at| (at.line, at.column)).unzip();
        Self { line, column, ..self }
    }
}

impl fmt::Display for EstateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "{}; {} [{}]", self.what, self.hint, self.code.as_str())
    }
}

/// All mistakes of a file, in the order of the file. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EstateProblems(Vec<EstateProblem>);

impl EstateProblems {
    /// `value` if there is no mistake.
    pub(super) fn or_value<T>(mut problems: Vec<EstateProblem>, value: T) -> Result<T, Self> {
        if problems.is_empty() {
            return Ok(value);
        }
        problems.sort_by_key(|problem| (problem.line, problem.column));
        Err(Self(problems))
    }

    /// The mistakes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, EstateProblem> {
        self.0.iter()
    }

    /// Whether one of them has this path and code.
    #[must_use]
    pub fn has(&self, path: &str, code: ProblemCode) -> bool {
        self.0.iter().any(|problem| problem.path == path && problem.code == code)
    }
}

impl<'a> IntoIterator for &'a EstateProblems {
    type Item = &'a EstateProblem;
    type IntoIter = std::slice::Iter<'a, EstateProblem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<EstateProblem> for EstateProblems {
    fn from(problem: EstateProblem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for EstateProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => only.fmt(f),
            many => {
                write!(f, "{} mistakes", many.len())?;
                many.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
            }
        }
    }
}

impl std::error::Error for EstateProblems {}
