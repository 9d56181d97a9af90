use std::fmt;

use serde::Serialize;

/// What somebody told, or why it could not be told. An error never reads as "absent" (D7).
pub type Fetched<T> = Result<T, Reason>;

/// Why something could not be told, for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(transparent)]
pub struct Reason(String);

impl Reason {
    /// A reason in words.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What an error says.
    #[must_use]
    pub fn of(error: &dyn std::error::Error) -> Self {
        Self(error.to_string())
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
