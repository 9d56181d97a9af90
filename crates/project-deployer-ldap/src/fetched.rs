use std::fmt;

use serde::Serialize;

/// A value that a node or directory reported, or the reason why it is unknown. An error never reads as
/// "absent" (D7).
pub type Fetched<T> = Result<T, Reason>;

/// Why a value is unknown, as a text for people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(transparent)]
pub struct Reason(String);

impl Reason {
    /// A reason with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text of an error.
    #[must_use]
    pub fn of(error: &dyn std::error::Error) -> Self {
        Self(error.to_string())
    }

    /// The text.
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
