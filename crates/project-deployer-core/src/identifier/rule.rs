use std::fmt;

use crate::problem::Refusal;

/// Why a text is not an identifier of some kind.
///
/// The message has the kind, the value (shortened, with control characters escaped), the rule and a hint.
/// Identifiers are never secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} `{value}` {fault}; write {hint}")]
pub struct IdentifierError {
    kind: &'static str,
    value: String,
    fault: IdentifierFault,
    hint: &'static str,
}

impl IdentifierError {
    /// The kind of identifier, such as `infrastructure id`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What is wrong with the text.
    #[must_use]
    pub fn fault(&self) -> &IdentifierFault {
        &self.fault
    }

    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        self.hint
    }
}

impl Refusal for IdentifierError {
    fn what(&self) -> String {
        format!("{} `{}` {}", self.kind, self.value, self.fault)
    }

    fn hint(&self) -> String {
        format!("write {}", self.hint)
    }
}

/// How a text breaks the rule of an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentifierFault {
    /// The text is empty or blank.
    Empty,
    /// The text has more characters than allowed.
    TooLong {
        /// Characters found.
        length: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A character that the kind does not allow.
    Character {
        /// The character.
        character: char,
        /// Its position, counted from 1.
        position: usize,
    },
    /// The text begins or ends with a blank.
    OuterBlank,
    /// `.` and `..` have a meaning in paths.
    Reserved,
}

impl fmt::Display for IdentifierFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong { length, limit } => {
                write!(f, "has {length} characters where at most {limit} are allowed")
            }
            Self::Character { character, position } => {
                write!(f, "has `{}` at position {position}", character.escape_debug())
            }
            Self::OuterBlank => f.write_str("begins or ends with a blank"),
            Self::Reserved => f.write_str("is reserved for paths"),
        }
    }
}

/// The rule that one kind of identifier follows.
pub(super) struct IdentifierRule {
    pub(super) kind: &'static str,
    pub(super) limit: usize,
    pub(super) allows: fn(char) -> bool,
    pub(super) hint: &'static str,
}

impl IdentifierRule {
    pub(super) fn check(&self, text: &str) -> Result<(), IdentifierError> {
        match self.fault(text) {
            None => Ok(()),
            Some(fault) => {
                let value = shortened(text);
                Err(IdentifierError { kind: self.kind, value, fault, hint: self.hint })
            }
        }
    }

    fn fault(&self, text: &str) -> Option<IdentifierFault> {
        if text.trim().is_empty() {
            return Some(IdentifierFault::Empty);
        }
        // Counting characters is slow, and most texts have fewer bytes than the allowed number of
        // characters.
        let length = if text.len() > self.limit { text.chars().count() } else { 0 };
        if length > self.limit {
            return Some(IdentifierFault::TooLong { length, limit: self.limit });
        }
        if text.trim() != text {
            return Some(IdentifierFault::OuterBlank);
        }
        if matches!(text, "." | "..") {
            return Some(IdentifierFault::Reserved);
        }
        text.chars()
            .enumerate()
            .find(|(_, character)| !(self.allows)(*character))
            .map(|(index, character)| IdentifierFault::Character { character, position: index + 1 })
    }
}

/// A text for an error: control characters escaped, at most 40 characters.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
