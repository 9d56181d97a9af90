//! The filters of a node's LDAP settings with their placeholders (wire-facts 5.6 and 7.8): parsed once,
//! then filled with data.
//!
//! ```
//! use project_deployer_ldap::template::{FilterTemplate, TemplateKind};
//! use project_deployer_ldap::Dn;
//! let users = FilterTemplate::parse("(&(objectClass=person)(uid={USERNAME}))", TemplateKind::User)?;
//! let filled = users.fill("ann*", &Dn::root());
//! assert_eq!(filled.to_string(), r"(&(objectClass=person)(uid=ann\2a))");
//! # Ok::<(), project_deployer_ldap::FilterError>(())
//! ```

use crate::attribute::AttributeValue;
use crate::caseless::shortened;
use crate::dn::Dn;
use crate::filter::parse::{filter, unescaped};
use crate::filter::{Filter, FilterError};

mod lookup;
mod selector;

pub(crate) use lookup::{Answer, Lookup, Who, comparison_key};
pub use selector::UndecidableTemplate;
pub(crate) use selector::{Selector, Slot};

/// Which filter of the settings a template is. Each kind has its own placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateKind {
    /// Finds one user: `{USERNAME}`.
    User,
    /// Finds the groups of a user: `{USERNAME}` and `{USERDN}`.
    Group,
    /// Lists users or groups: no placeholder.
    List,
}

/// The meaning of a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placeholder {
    Username,
    UserDn,
}

/// The text of a value with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TemplateValue(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(Vec<u8>),
    Place(Placeholder),
}

/// A filter with placeholders in its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterTemplate {
    filter: Filter<TemplateValue>,
}

impl FilterTemplate {
    /// Parses a filter of the settings.
    ///
    /// # Errors
    ///
    /// The text is not a filter, or has a placeholder that this kind does not have.
    pub fn parse(text: &str, kind: TemplateKind) -> Result<Self, FilterError> {
        let filter = filter(text, &|value| read_value(value, kind))?;
        Ok(Self { filter })
    }

    /// A template from a filter with placeholders.
    pub(crate) fn from_filter(filter: Filter<TemplateValue>) -> Self {
        Self { filter }
    }

    /// The filter for one user. Login and DN are data; special characters have no meaning (R12).
    #[must_use]
    pub fn fill(&self, username: &str, dn: &Dn) -> Filter {
        self.filter.map(&mut |value| value.fill(username, dn))
    }

    pub(crate) fn uses(&self, placeholder: Placeholder) -> bool {
        let mut found = false;
        let _ = self.filter.map(&mut |value| found |= value.uses(placeholder));
        found
    }

    pub(crate) fn filter(&self) -> &Filter<TemplateValue> {
        &self.filter
    }
}

impl TemplateValue {
    /// A value that is only a placeholder.
    pub(crate) fn place(placeholder: Placeholder) -> Self {
        Self(vec![Piece::Place(placeholder)])
    }

    /// The placeholder, if the value is only that.
    pub(crate) fn only_place(&self) -> Option<Placeholder> {
        match self.0.as_slice() {
            [Piece::Place(placeholder)] => Some(*placeholder),
            _ => None,
        }
    }

    /// Whether the value has this placeholder.
    pub(crate) fn uses(&self, placeholder: Placeholder) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Place(known) if *known == placeholder))
    }

    /// The login with which the value equals this text without case; none where no login, or an entry's
    /// name, makes it so.
    pub(crate) fn username_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (before, after): (&[u8], &[u8]) = match self.0.as_slice() {
            [Piece::Place(Placeholder::Username)] => (&[], &[]),
            [Piece::Literal(before), Piece::Place(Placeholder::Username)] => (before, &[]),
            [Piece::Place(Placeholder::Username), Piece::Literal(after)] => (&[], after),
            [
                Piece::Literal(before),
                Piece::Place(Placeholder::Username),
                Piece::Literal(after),
            ] => (before, after),
            _ => return None,
        };
        let end = text.len().checked_sub(after.len())?;
        let is = |part: Option<&str>, literal: &[u8]| {
            part.is_some_and(|part| part.as_bytes().eq_ignore_ascii_case(literal))
        };
        let same = is(text.get(..before.len()), before) && is(text.get(end..), after);
        text.get(before.len()..end).filter(|_| same)
    }

    pub(crate) fn has_places(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Place(_)))
    }

    pub(crate) fn fill(&self, username: &str, dn: &Dn) -> AttributeValue {
        let mut bytes = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => bytes.extend_from_slice(literal),
                Piece::Place(Placeholder::Username) => bytes.extend_from_slice(username.as_bytes()),
                Piece::Place(Placeholder::UserDn) => bytes.extend(dn.written().into_bytes()),
            }
        }
        AttributeValue::from(bytes)
    }
}

impl TemplateKind {
    fn known(self) -> &'static str {
        match self {
            Self::User => "write `{USERNAME}`, or `\\7b` for a brace",
            Self::Group => "write `{USERNAME}` or `{USERDN}`, or `\\7b` for a brace",
            Self::List => "a filter for a list has no placeholder; write `\\7b` for a brace",
        }
    }

    fn placeholder(self, word: &str) -> Option<Placeholder> {
        match (self, word) {
            (Self::User | Self::Group, "USERNAME") => Some(Placeholder::Username),
            (Self::Group, "USERDN") => Some(Placeholder::UserDn),
            _ => None,
        }
    }
}

fn read_value(text: &str, kind: TemplateKind) -> Result<TemplateValue, FilterError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((word, after)) = after.split_once('}') else {
            return Err(FilterError::OpenPlaceholder { value: shortened(text) });
        };
        let placeholder = kind.placeholder(word).ok_or_else(|| {
            FilterError::UnknownPlaceholder { placeholder: shortened(word), known: kind.known() }
        })?;
        push_literal(&mut pieces, before)?;
        pieces.push(Piece::Place(placeholder));
        rest = after;
    }
    push_literal(&mut pieces, rest)?;
    Ok(TemplateValue(pieces))
}

fn push_literal(pieces: &mut Vec<Piece>, text: &str) -> Result<(), FilterError> {
    if !text.is_empty() {
        pieces.push(Piece::Literal(unescaped(text)?));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
