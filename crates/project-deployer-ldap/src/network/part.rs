//! What comes before the result of a search.

use super::ber::{Malformed, tag};
use super::entry::RawEntry;
use super::message::operation;
use super::referral;

/// A part of an answer.
#[derive(Debug)]
pub(super) enum Part {
    /// An entry.
    Entry(RawEntry),
    /// The places where a part of the answer stands; each holds the same.
    Reference(Vec<String>),
    /// Something in between that says nothing about entries.
    Other,
}

impl Part {
    /// Reads a message that the gate let through.
    pub(super) fn read(content: &[u8]) -> Result<Self, Malformed> {
        let operation = operation(content)?;
        match operation.tag {
            tag::SEARCH_ENTRY => RawEntry::read(operation.content).map(Self::Entry),
            tag::SEARCH_REFERENCE => referral::places(operation.content).map(Self::Reference),
            _ => Ok(Self::Other),
        }
    }
}
