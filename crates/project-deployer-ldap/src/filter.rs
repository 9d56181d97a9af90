//! Search filters (RFC 4515): a tree with values as data, parsed from settings and written with escapes.
//!
//! Only [`Filter::parse`] and [`FilterTemplate`](crate::template::FilterTemplate) turn text into a filter.
//! Values are never parsed as filter text, so input of a person cannot change the meaning of a filter
//! (R12):
//!
//! ```compile_fail
//! use project_deployer_ldap::Filter;
//! let typed = "*)(uid=*";
//! let filter: Filter = format!("(uid={typed})").into();
//! ```
//!
//! ```
//! use project_deployer_ldap::{AttributeName, Filter};
//! let filter = Filter::equality(AttributeName::parse("uid")?, "*)(uid=*");
//! assert_eq!(filter.to_string(), r"(uid=\2a\29\28uid=\2a)");
//! # Ok::<(), project_deployer_ldap::AttributeNameError>(())
//! ```

use std::fmt;

use crate::attribute::{AttributeName, AttributeNameError, AttributeValue};

mod evaluate;
pub(crate) mod parse;
mod write;

pub use evaluate::Truth;
pub(crate) use evaluate::{all_of, any_of};

/// How deep a filter may be nested.
pub const DEPTH_LIMIT: usize = 50;

/// A search filter. `V` is the type of its values: bytes, or in a template a text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter<V = AttributeValue> {
    /// All parts match. Without parts it is always true (RFC 4526).
    And(Vec<Self>),
    /// At least one part matches. Without parts it is never true (RFC 4526).
    Or(Vec<Self>),
    /// The part does not match.
    Not(Box<Self>),
    /// The attribute has at least one value.
    Present(AttributeName),
    /// A comparison with the values of an attribute.
    Compare {
        /// The attribute.
        attribute: AttributeName,
        /// The kind of comparison.
        comparison: Comparison,
        /// The value to compare with.
        value: V,
    },
    /// A value contains these parts in this order.
    Substrings {
        /// The attribute.
        attribute: AttributeName,
        /// The beginning of the value.
        initial: Option<V>,
        /// The parts in the middle, in order.
        any: Vec<V>,
        /// The end of the value.
        last: Option<V>,
    },
    /// A comparison by a matching rule.
    Extensible(ExtensibleMatch<V>),
}

/// The comparisons with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `~=`
    Approximate,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
}

/// A comparison by a matching rule, such as `member:1.2.840.113556.1.4.1941:=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensibleMatch<V = AttributeValue> {
    /// The attribute; none means every attribute that the rule can compare.
    pub attribute: Option<AttributeName>,
    /// Whether the attributes of the entry's DN are compared as well.
    pub dn_parts: bool,
    /// The rule; none means equality.
    pub rule: Option<MatchingRule>,
    /// The value to compare with.
    pub value: V,
}

/// The name or numeric id of a matching rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchingRule(AttributeName);

impl<V> ExtensibleMatch<V> {
    /// Whether the rule compares the bits of numbers.
    pub(crate) fn counts_bits(&self) -> bool {
        let rule = self.rule.as_ref().map(MatchingRule::as_str);
        matches!(rule, Some(MatchingRule::BIT_AND | MatchingRule::BIT_OR))
    }
}

impl MatchingRule {
    /// Follows a chain of DNs, such as groups in groups (Active Directory).
    pub const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";
    /// All bits of the value are set (Active Directory).
    pub const BIT_AND: &str = "1.2.840.113556.1.4.803";
    /// At least one bit of the value is set (Active Directory).
    pub const BIT_OR: &str = "1.2.840.113556.1.4.804";

    /// Checks that the text is a name or a numeric id.
    ///
    /// # Errors
    ///
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, AttributeNameError> {
        AttributeName::parse(text).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Why a text is not a filter. Positions are in bytes, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// An unexpected character or end.
    #[error("the filter has {found} at position {position} where {expected} is expected")]
    Unexpected {
        /// What was found.
        found: String,
        /// The position.
        position: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// The left side of a comparison is not an attribute.
    #[error("the filter cannot be parsed: {0}")]
    Attribute(#[from] AttributeNameError),
    /// A backslash without two hexadecimal digits.
    #[error(
        "the filter has a backslash in `{value}` without two hexadecimal digits; write `\\5c` for a backslash"
    )]
    Escape {
        /// The value, shortened.
        value: String,
    },
    /// A placeholder that is not closed.
    #[error("the filter has a `{{` in `{value}` that is not closed; write `\\7b` for a brace")]
    OpenPlaceholder {
        /// The value, shortened.
        value: String,
    },
    /// A placeholder that this template does not know.
    #[error("the filter has the unknown placeholder `{{{placeholder}}}`; {known}")]
    UnknownPlaceholder {
        /// The text between the braces.
        placeholder: String,
        /// The valid placeholders.
        known: &'static str,
    },
    /// More than [`DEPTH_LIMIT`] levels.
    #[error("the filter is nested deeper than {DEPTH_LIMIT} levels; reduce the nesting")]
    TooDeep,
    /// More than 20,000 bytes.
    #[error("the filter has {length} bytes, but at most 20000 are allowed; shorten it")]
    TooLong {
        /// The length in bytes.
        length: usize,
    },
}

impl Filter {
    /// The attribute has this value. The value is data; special characters have no meaning.
    #[must_use]
    pub fn equality(attribute: AttributeName, value: impl Into<AttributeValue>) -> Self {
        Self::Compare { attribute, comparison: Comparison::Equal, value: value.into() }
    }

    /// Parses a filter of the settings. A single comparison may omit the parentheses.
    ///
    /// # Errors
    ///
    /// The text is not a filter. The error has the position and the reason.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::filter(text, &parse::literal)
    }
}

impl<V> Filter<V> {
    /// The same filter with other values.
    pub(crate) fn map<W>(&self, value: &mut impl FnMut(&V) -> W) -> Filter<W> {
        match self {
            Self::And(parts) => Filter::And(parts.iter().map(|part| part.map(value)).collect()),
            Self::Or(parts) => Filter::Or(parts.iter().map(|part| part.map(value)).collect()),
            Self::Not(part) => Filter::Not(Box::new(part.map(value))),
            Self::Present(attribute) => Filter::Present(attribute.clone()),
            Self::Compare { attribute, comparison, value: old } => Filter::Compare {
                attribute: attribute.clone(),
                comparison: *comparison,
                value: value(old),
            },
            Self::Substrings { attribute, initial, any, last } => Filter::Substrings {
                attribute: attribute.clone(),
                initial: initial.as_ref().map(&mut *value),
                any: any.iter().map(&mut *value).collect(),
                last: last.as_ref().map(&mut *value),
            },
            Self::Extensible(old) => Filter::Extensible(ExtensibleMatch {
                attribute: old.attribute.clone(),
                dn_parts: old.dn_parts,
                rule: old.rule.clone(),
                value: value(&old.value),
            }),
        }
    }

    /// The attributes that it refers to.
    pub(crate) fn attributes<'a>(&'a self, into: &mut Vec<&'a AttributeName>) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.attributes(into));
            }
            Self::Not(part) => part.attributes(into),
            Self::Present(attribute)
            | Self::Compare { attribute, .. }
            | Self::Substrings { attribute, .. } => into.push(attribute),
            Self::Extensible(matching) => into.extend(&matching.attribute),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::Approximate => "~=",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
        })
    }
}

#[cfg(test)]
mod tests;
