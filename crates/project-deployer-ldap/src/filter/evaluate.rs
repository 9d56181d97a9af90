//! Evaluates a filter for an entry, as far as that is possible without a schema.

use super::{Comparison, ExtensibleMatch, Filter, MatchingRule};
use crate::attribute::{AttributeName, AttributeValue};
use crate::dn::Dn;
use crate::entry::Entry;

/// The three results of a filter (RFC 4511, 4.5.1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It matches.
    True,
    /// It does not.
    False,
    /// Only the directory itself can decide.
    Undefined,
}

impl Truth {
    fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }

    pub(crate) fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Undefined => Self::Undefined,
        }
    }
}

/// True if all are true, false if one is false.
pub(crate) fn all_of(parts: impl IntoIterator<Item = Truth>) -> Truth {
    let mut answer = Truth::True;
    for part in parts {
        match part {
            Truth::True => {}
            Truth::False => return Truth::False,
            Truth::Undefined => answer = Truth::Undefined,
        }
    }
    answer
}

/// True if one is true, false if all are false.
pub(crate) fn any_of(parts: impl IntoIterator<Item = Truth>) -> Truth {
    all_of(parts.into_iter().map(Truth::negated)).negated()
}

impl Filter {
    /// Whether the entry matches. Without a schema every value is compared without case, and as a
    /// distinguished name where both sides are one. Rules that need more than the entry, such as
    /// [`MatchingRule::IN_CHAIN`], are undefined, and so is what a value decides that is [not known
    /// here](Entry::cut).
    #[must_use]
    pub fn evaluate(&self, entry: &Entry) -> Truth {
        match self {
            Self::And(parts) => all_of(parts.iter().map(|part| part.evaluate(entry))),
            Self::Or(parts) => any_of(parts.iter().map(|part| part.evaluate(entry))),
            Self::Not(part) => part.evaluate(entry).negated(),
            Self::Present(attribute) => Truth::of(
                !entry.values(attribute).is_empty()
                    || *attribute == AttributeName::known("objectClass"),
            ),
            Self::Compare { attribute, comparison, value } => {
                let wanted = Wanted::new(value);
                let holds = |held: &AttributeValue| wanted.holds(*comparison, held);
                any_value(entry, attribute, holds)
            }
            Self::Substrings { attribute, initial, any, last } => {
                let pattern = Pattern::new(initial.as_ref(), any, last.as_ref());
                any_value(entry, attribute, |held| pattern.holds(held))
            }
            Self::Extensible(matching) => extensible(matching, entry),
        }
    }
}

/// Whether a value holds. A value that is not known here may hold as well.
fn any_value(
    entry: &Entry,
    attribute: &AttributeName,
    holds: impl FnMut(&AttributeValue) -> bool,
) -> Truth {
    match entry.values(attribute).iter().any(holds) {
        true => Truth::True,
        false if entry.cut().contains(attribute) => Truth::Undefined,
        false => Truth::False,
    }
}

fn extensible(matching: &ExtensibleMatch, entry: &Entry) -> Truth {
    let (Some(attribute), false) = (&matching.attribute, matching.dn_parts) else {
        return Truth::Undefined;
    };
    let held = entry.values(attribute).iter();
    match matching.rule.as_ref().map(MatchingRule::as_str) {
        None => {
            let wanted = Wanted::new(&matching.value);
            any_value(entry, attribute, |held| wanted.holds(Comparison::Equal, held))
        }
        Some(MatchingRule::BIT_AND) => {
            bits(held, &matching.value, |held, mask| held & mask == mask)
        }
        Some(MatchingRule::BIT_OR) => bits(held, &matching.value, |held, mask| held & mask != 0),
        Some(_) => Truth::Undefined,
    }
}

fn bits<'a>(
    mut held: impl Iterator<Item = &'a AttributeValue>,
    mask: &AttributeValue,
    rule: impl Fn(i64, i64) -> bool,
) -> Truth {
    let number = |value: &AttributeValue| value.as_text()?.trim().parse::<i64>().ok();
    match number(mask) {
        None => Truth::Undefined,
        Some(mask) => Truth::of(held.any(|held| number(held).is_some_and(|held| rule(held, mask)))),
    }
}

/// The right side of a comparison, prepared once.
struct Wanted {
    normal: Vec<u8>,
    dn: Option<Dn>,
    number: Option<i64>,
}

impl Wanted {
    fn new(value: &AttributeValue) -> Self {
        Self { normal: value.normal(), dn: as_dn(value), number: as_number(value) }
    }

    fn holds(&self, comparison: Comparison, held: &AttributeValue) -> bool {
        match comparison {
            Comparison::Equal | Comparison::Approximate => {
                held.normal() == self.normal
                    || self.dn.as_ref().is_some_and(|dn| as_dn(held).as_ref() == Some(dn))
            }
            Comparison::AtLeast => self.order(held).is_ge(),
            Comparison::AtMost => self.order(held).is_le(),
        }
    }

    fn order(&self, held: &AttributeValue) -> std::cmp::Ordering {
        match (as_number(held), self.number) {
            (Some(held), Some(wanted)) => held.cmp(&wanted),
            _ => held.normal().cmp(&self.normal),
        }
    }
}

fn as_dn(value: &AttributeValue) -> Option<Dn> {
    value.as_text().filter(|text| text.contains('=')).and_then(|text| Dn::parse(text).ok())
}

fn as_number(value: &AttributeValue) -> Option<i64> {
    value.as_text().and_then(|text| text.trim().parse().ok())
}

/// The parts of a substring filter, prepared once.
struct Pattern {
    initial: Vec<u8>,
    any: Vec<Vec<u8>>,
    last: Vec<u8>,
}

impl Pattern {
    fn new(
        initial: Option<&AttributeValue>,
        any: &[AttributeValue],
        last: Option<&AttributeValue>,
    ) -> Self {
        let normal = |value: Option<&AttributeValue>| value.map(lowered).unwrap_or_default();
        Self {
            initial: normal(initial),
            any: any.iter().map(lowered).collect(),
            last: normal(last),
        }
    }

    fn holds(&self, held: &AttributeValue) -> bool {
        let held = lowered(held);
        let Some(mut rest) = held.strip_prefix(self.initial.as_slice()) else {
            return false;
        };
        for part in self.any.iter().filter(|part| !part.is_empty()) {
            let Some(at) = rest.windows(part.len()).position(|window| window == part) else {
                return false;
            };
            rest = rest.get(at + part.len()..).unwrap_or_default();
        }
        rest.ends_with(&self.last)
    }
}

/// Lower case with blanks kept: a part of a value may begin or end with a blank.
fn lowered(value: &AttributeValue) -> Vec<u8> {
    value
        .as_text()
        .map_or_else(|| value.as_bytes().to_vec(), |text| text.to_lowercase().into_bytes())
}
