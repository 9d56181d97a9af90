//! What every database needs that keeps documents as texts and numbers as `i64`.

use std::fmt;

use serde_json::Value;

use crate::document::Revision;
use crate::error::StoreError;

/// A revision as a database counts it, from 0.
pub(crate) fn revision(number: i64) -> Revision {
    Revision(number.unsigned_abs())
}

/// A number as a database takes it.
pub(crate) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A limit as a database takes it.
pub(crate) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Bodies were written by us, so one that is no JSON is damage.
pub(crate) fn body(what: impl fmt::Display, text: &str) -> Result<Value, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::damaged(format!("read the body of {what}"), error))
}

/// Whether a name can be in a store. A database may refuse to look for one with a NUL.
#[cfg(feature = "postgres")]
pub(crate) fn is_possible(name: &str) -> bool {
    !name.contains('\0')
}

/// The first text after all texts with a prefix, in the order of bytes; none if there is no such text.
pub(crate) fn end_of(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            last => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}
