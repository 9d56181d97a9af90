//! One search for several user filters. Nodes with settings of their own ask the same directory about the same login,
//! each by its own filter, and mostly find the same.
//!
//! A directory finds an entry by `(|(a)(b))` just if one of the two is true for it, and by `(&(a)(b))` just if both are
//! (RFC 4511, 4.5.1.7). So if the first finds nobody, neither filter does; and if it finds one entry which the second
//! finds as well, each filter finds exactly that one. In every other case each filter is asked alone.
//!
//! A server may read a comparison differently beside others, if it does not know the attribute by that name. So only
//! plain comparisons of attributes that its schema has count.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::stream::{self, StreamExt as _};
use project_deployer_core::Login;

use super::shared::SharedSearches;
use crate::attribute::AttributeName;
use crate::directory::{Completeness, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::{Comparison, Filter};
use crate::schema::ServerSchema;

/// With fewer filters nothing is saved, and a filter of more may be too long for a directory.
const AT_LEAST: usize = 6;
const AT_MOST: usize = 50;

/// How many logins are asked about at the same time.
const AT_ONCE: usize = 64;

/// How many logins may come out different before the filters are not asked together any more.
const DIFFERENT: usize = 16;

/// The user filters for one login, by base and attributes: only searches that are equal otherwise share an answer.
pub(super) type Together = BTreeMap<(Dn, Vec<AttributeName>), Vec<Filter>>;

/// Whether a server finds the same by this filter as a part of another one.
pub(super) fn is_independent(filter: &Filter, schema: &ServerSchema) -> bool {
    let is_known = |name: &AttributeName| name.is_plain() && schema.has(name);
    match filter {
        Filter::And(parts) | Filter::Or(parts) => {
            parts.iter().all(|part| is_independent(part, schema))
        }
        Filter::Not(part) => is_independent(part, schema),
        Filter::Present(name) => is_known(name),
        Filter::Compare { attribute, comparison: Comparison::Equal, .. } => is_known(attribute),
        Filter::Compare { .. } | Filter::Substrings { .. } | Filter::Extensible(_) => false,
    }
}

/// Asks about each login at once for all its filters, and keeps what each filter finds.
pub(super) async fn ask(directory: &SharedSearches, logins: BTreeMap<&Login, Together>) {
    let (different, same) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let together = logins.into_values().flatten();
    let together = together.filter(|(_, filters)| (AT_LEAST..=AT_MOST).contains(&filters.len()));
    let asked = together.map(|((base, attributes), filters)| {
        let (different, same) = (&different, &same);
        async move {
            let often =
                different.load(Ordering::Relaxed) > DIFFERENT + same.load(Ordering::Relaxed);
            if often {
                return;
            }
            match found_by_each(directory, &base, &filters, &attributes).await {
                Some(entries) => {
                    same.fetch_add(1, Ordering::Relaxed);
                    for filter in &filters {
                        directory.keep(&base, filter, &attributes, &entries);
                    }
                }
                None => {
                    different.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
    stream::iter(asked).buffer_unordered(AT_ONCE).collect::<()>().await;
}

/// What each of the filters finds; none if they may find different entries.
async fn found_by_each(
    directory: &SharedSearches,
    base: &Dn,
    filters: &[Filter],
    attributes: &[AttributeName],
) -> Option<Vec<Entry>> {
    let search = async |filter: Filter| {
        let found = directory.once(base, Scope::Subtree, &filter, attributes).await.ok()?;
        (found.completeness == Completeness::Complete).then_some(found.entries)
    };
    let by_any = search(Filter::Or(filters.to_vec())).await?;
    let [entry] = by_any.as_slice() else {
        return by_any.is_empty().then_some(by_any);
    };
    let by_all = search(Filter::And(filters.to_vec())).await?;
    matches!(by_all.as_slice(), [same] if same == entry).then_some(by_any)
}
