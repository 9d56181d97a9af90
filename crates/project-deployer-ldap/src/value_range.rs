//! Ranges of values: Active Directory returns the members of a large group in parts, such as
//! `member;range=0-1499` ([MS-ADTS] 3.1.1.3.1.3.3).

use crate::attribute::AttributeName;

/// The name of an attribute in an answer or an export, with its range.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Description {
    /// The attribute, without a range.
    pub(crate) name: AttributeName,
    pub(crate) range: Option<ValueRange>,
}

/// Which values were returned, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ValueRange {
    pub(crate) first: usize,
    /// The last value; none if the range ends at the last value of the attribute.
    pub(crate) last: Option<usize>,
}

impl Description {
    /// Parses `name`, with options; none if it is malformed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !text.contains(';') {
            return Some(Self { name: AttributeName::parse(text).ok()?, range: None });
        }
        let mut range = None;
        let mut kept = Vec::new();
        for part in text.split(';') {
            match part.split_at_checked(6) {
                Some((option, written)) if option.eq_ignore_ascii_case("range=") => {
                    range = Some(ValueRange::parse(written)?);
                }
                _ => kept.push(part),
            }
        }
        Some(Self { name: AttributeName::parse(&kept.join(";")).ok()?, range })
    }
}

impl ValueRange {
    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-')?;
        let last = if last == "*" { None } else { Some(last.parse().ok()?) };
        Some(Self { first: first.parse().ok()?, last })
    }
}
