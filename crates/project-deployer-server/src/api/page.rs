//! Lists in pages. A cursor names the last entry of a page, so pages stay right while entries come and go.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::request::Answer;

/// The number of entries of a page, unless the caller wants another one, and the largest one.
const USUAL: usize = 100;
const LONGEST: usize = 1000;

/// Which page to read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The `next` of the page before.
    after: Option<String>,
    /// The largest number of entries, 1,000 at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The entries.
    pub(crate) items: Vec<T>,
    /// Where the next page begins: pass it as `after`. None at the end.
    pub(crate) next: Option<String>,
}

impl PageQuery {
    pub(crate) fn limit(&self) -> Answer<usize> {
        let limit = self.limit.map_or(USUAL, |limit| limit as usize);
        if limit == 0 || limit > LONGEST {
            return Err(Problem::field(
                "limit",
                "it is not within 1 and 1,000",
                "send such a number",
            ));
        }
        Ok(limit)
    }

    /// The key after which the page begins, in the order of this name.
    pub(crate) fn after<const N: usize>(&self, order: &str) -> Answer<Option<[String; N]>> {
        let Some(cursor) = self.after.as_deref().filter(|cursor| !cursor.is_empty()) else {
            return Ok(None);
        };
        let invalid = || Problem::new("cursor-invalid", "the cursor is not one of this list");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (of, key): (String, Vec<String>) =
            serde_json::from_slice(&bytes).map_err(|_| invalid())?;
        let key: [String; N] = key.try_into().map_err(|_| invalid())?;
        if of == order { Ok(Some(key)) } else { Err(invalid()) }
    }

    /// A page of entries that are in memory, in the order of their keys.
    pub(crate) fn page<T>(
        &self,
        order: &str,
        mut all: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> Answer<Page<T>> {
        let (limit, after) = (self.limit()?, self.after::<1>(order)?);
        if let Some([after]) = after {
            all.retain(|entry| key(entry) > after);
        }
        all.sort_by_cached_key(&key);
        let has_more = all.len() > limit;
        all.truncate(limit);
        let next = all.last().filter(|_| has_more).map(|last| cursor(order, &[&key(last)]));
        Ok(Page { items: all, next })
    }
}

impl<T> Page<T> {
    pub(crate) fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

/// The cursor of a key.
pub(crate) fn cursor(order: &str, key: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::json!([order, key]).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(after: Option<String>, limit: u32) -> PageQuery {
        PageQuery { after, limit: Some(limit) }
    }

    #[test]
    fn pages_have_every_entry_once_while_others_come_and_go() {
        let mut all: Vec<u32> = (10..40).collect();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = query(after, 7).page("n", all.clone(), u32::to_string).unwrap();
            seen.extend(page.items);
            // The last entry of the page, and one that is yet to come, go.
            all.retain(|entry| seen.last() != Some(entry) && *entry != 38);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let expected: Vec<u32> = (10..40).filter(|entry| *entry != 38).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let other = cursor("other", &["a"]);
        for after in [other.as_str(), "?", "AAAA", "W10"] {
            let refused = query(Some(after.to_owned()), 7).after::<1>("n").unwrap_err();
            assert_eq!(refused.code.code, "cursor-invalid", "{after}");
        }
        assert!(query(None, 0).limit().is_err() && query(None, 1001).limit().is_err());
    }
}
