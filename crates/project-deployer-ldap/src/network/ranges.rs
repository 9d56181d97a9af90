//! Attributes with so many values that Active Directory returns them in ranges: `member;range=0-1499`,
//! `member;range=1500-2999` and so on to `member;range=…-*` ([MS-ADTS] 3.1.1.3.1.3.3). All ranges are
//! joined under the plain name, or the answer is incomplete.

use super::ber::Malformed;
use super::connection::Connection;
use super::outcome::{Fault, judge};
use super::part::Part;
use super::question::Question;
use crate::attribute::AttributeName;
use crate::directory::{DirectoryError, PartialReason};
use crate::entry::Entry;
use crate::value_range::{Description, ValueRange};

/// An attribute with missing values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) attribute: AttributeName,
    pub(super) next: usize,
}

impl Description {
    /// Parses the description of an attribute in an answer.
    pub(super) fn read(text: &str) -> Result<Self, Malformed> {
        Self::parse(text).ok_or(Malformed("an attribute with a malformed name"))
    }

    /// The first missing value; none if these are all. `from` is the first value that was requested.
    pub(super) fn missing(&self, from: usize, came: usize) -> Result<Option<usize>, Malformed> {
        let Some(ValueRange { first, last }) = self.range else {
            return if from == 0 { Ok(None) } else { Err(Malformed("values without a range")) };
        };
        if first != from {
            return Err(Malformed("another range of values than the requested one"));
        }
        match last {
            None => Ok(None),
            Some(last)
                if last.checked_sub(first).and_then(|span| span.checked_add(1)) == Some(came) =>
            {
                last.checked_add(1).map(Some).ok_or(Malformed("a range without an end"))
            }
            Some(_) => Err(Malformed("a range with another number of values than it states")),
        }
    }
}

/// Fetches the missing values, range by range.
pub(super) async fn complete(
    connection: &mut Connection,
    entry: &mut Entry,
    open: Open,
) -> Result<(), Fault> {
    let mut next = Some(open.next);
    while let Some(from) = next {
        next = one_part(connection, entry, &open.attribute, from).await?;
    }
    Ok(())
}

async fn one_part(
    connection: &mut Connection,
    entry: &mut Entry,
    attribute: &AttributeName,
    from: usize,
) -> Result<Option<usize>, Fault> {
    let changed = || Fault::Cut(PartialReason::Changed(entry.dn.to_string()));
    let question = Question::values_from(&entry.dn, attribute, from);
    let mut parts = Vec::new();
    let result = connection
        .ask(&question, None, &mut |part| {
            if let Part::Entry(entry) = part {
                parts.push(entry);
            }
            Ok(())
        })
        .await?;
    judge(&result, &entry.dn).map_err(|fault| match fault {
        Fault::Failed(DirectoryError::NoSuchBase { .. }) => changed(),
        fault => fault,
    })?;
    let part = parts.pop().ok_or_else(changed)?;
    if !parts.is_empty() || part.dn != entry.dn {
        return Err(Malformed("another entry than the requested one").into());
    }
    // Some directories return the plain attribute without values beside the range.
    let mut attributes = part.attributes.into_iter();
    let found = attributes.find(|(description, values)| {
        description.name == *attribute && (description.range.is_some() || !values.is_empty())
    });
    let (description, values) = found.ok_or_else(changed)?;
    let next = description.missing(from, values.len())?;
    values.into_iter().for_each(|value| entry.add(attribute.clone(), value));
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(text: &str, from: usize, came: usize) -> Result<Option<usize>, Malformed> {
        Description::read(text)?.missing(from, came)
    }

    #[test]
    fn a_range_says_what_is_missing() {
        assert_eq!(missing("member", 0, 3), Ok(None));
        assert_eq!(missing("member;range=0-1499", 0, 1500), Ok(Some(1500)));
        assert_eq!(missing("member;Range=1500-*", 1500, 2), Ok(None));
        assert_eq!(missing("member;range=0-0", 0, 1), Ok(Some(1)));
        let described = Description::parse("cn;lang-de;range=0-1").unwrap();
        assert_eq!(described.name, AttributeName::parse("cn;lang-de").unwrap());
    }

    #[test]
    fn a_range_that_contradicts_itself_is_refused() {
        // R10: members that a directory left out must not read as absent
        for (text, from, came) in [
            ("member;range=0-1499", 0, 1499),
            ("member;range=0-1499", 1500, 1500),
            ("member;range=5-3", 5, 0),
            ("member", 1500, 3),
            ("member;range=0-18446744073709551615", 0, 1),
            ("member;range=-1-3", 0, 5),
            ("member;range=0", 0, 1),
            ("member;range=0-x", 0, 1),
            ("mem)ber", 0, 1),
        ] {
            assert!(missing(text, from, came).is_err(), "{text}");
        }
    }
}
