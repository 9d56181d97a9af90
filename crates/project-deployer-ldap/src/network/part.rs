//! The parts of an answer before the result of a search.

use super::ber::{Malformed, tag};
use super::entry::RawEntry;
use super::message::operation;
use super::referral;

/// A part of an answer.
#[derive(Debug)]
pub(super) enum Part {
    /// An entry.
    Entry(RawEntry),
    /// The URLs of a part of the answer in another directory. Each has the same entries.
    Reference(Vec<String>),
    /// An intermediate response, which has no entries.
    Other,
}

impl Part {
    /// Parses a message that the gate has checked.
    pub(super) fn read(content: &[u8]) -> Result<Self, Malformed> {
        let operation = operation(content)?;
        match operation.tag {
            tag::SEARCH_ENTRY => RawEntry::read(operation.content).map(Self::Entry),
            tag::SEARCH_REFERENCE => referral::places(operation.content).map(Self::Reference),
            _ => Ok(Self::Other),
        }
    }
}
