use std::fmt;

use serde_json::Value;

/// The name of a journal, such as `updates/churn-prod/7`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalStream(pub String);

/// One entry of a journal. `Debug` leaves out the body, as it does for documents.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its number within the journal, counted from 1 without gaps.
    pub sequence: u64,
    /// The body.
    pub body: Value,
}

impl JournalEntry {
    /// An entry with its number.
    #[must_use]
    pub fn new(sequence: u64, body: Value) -> Self {
        Self { sequence, body }
    }
}

impl fmt::Display for JournalStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for JournalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalEntry").field("sequence", &self.sequence).finish_non_exhaustive()
    }
}
