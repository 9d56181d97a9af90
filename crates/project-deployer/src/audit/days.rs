use project_deployer_core::Timestamp;
use project_deployer_store::{Collection, JournalEntry, JournalStream, Listing, Store, StoreError};

use super::{AuditEntry, AuditId, AuditRecord};

/// Which days have records: one document without content for each.
pub(crate) const DAYS: Collection = Collection::new("audit-day");

/// What the names of journals of records begin with.
const JOURNALS: &str = "audit/";

/// How many documents are listed at once.
pub(super) const PAGE: usize = 500;

/// The day of a time, in UTC.
pub(super) fn day_of(time: Timestamp) -> String {
    let text = time.to_string();
    match text.split_once('T') {
        Some((day, _)) => day.to_owned(),
        // No calendar has it.
        None => "unknown".to_owned(),
    }
}

/// The journal with the records of a day.
pub(crate) fn journal_of(day: &str) -> JournalStream {
    JournalStream(format!("{JOURNALS}{day}"))
}

/// The days with records after a day, in order.
pub(super) async fn days_after(
    store: &dyn Store,
    after: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let mut days = Vec::new();
    let mut after = after.map(str::to_owned);
    loop {
        let mut listing = Listing::of(DAYS, PAGE);
        listing.after.clone_from(&after);
        let page = store.list(&listing).await?;
        let is_last = page.len() < PAGE;
        days.extend(page.into_iter().map(|document| document.id));
        if is_last {
            return Ok(days);
        }
        after = days.last().cloned();
    }
}

/// How many records a day has, at least `known`. No store says it, so it is searched for.
pub(super) async fn last_of(store: &dyn Store, day: &str, known: u64) -> Result<u64, StoreError> {
    let journal = journal_of(day);
    let exists = async |number: u64| -> Result<bool, StoreError> {
        Ok(!store.journal(&journal, number.saturating_sub(1), 1).await?.is_empty())
    };
    let (mut low, mut step) = (known, 1_u64);
    while exists(low.saturating_add(step)).await? {
        low = low.saturating_add(step);
        step = step.saturating_mul(2);
    }
    let mut high = low.saturating_add(step);
    while low.saturating_add(1) < high {
        let middle = low + (high - low) / 2;
        if exists(middle).await? { low = middle } else { high = middle }
    }
    Ok(low)
}

/// Some records of a day, in order, with their texts.
pub(super) async fn texts(
    store: &dyn Store,
    day: &str,
    after: u64,
    limit: usize,
) -> Result<Vec<(u64, Option<String>)>, StoreError> {
    let mut found = Vec::new();
    let mut after = after;
    while found.len() < limit {
        let wanted = PAGE.min(limit - found.len());
        let page = store.journal(&journal_of(day), after, wanted).await?;
        let is_last = page.len() < wanted;
        after = page.last().map_or(after, |entry| entry.sequence);
        found.extend(page.into_iter().map(|JournalEntry { sequence, body, .. }| {
            (sequence, body.as_str().map(str::to_owned))
        }));
        if is_last {
            break;
        }
    }
    Ok(found)
}

/// A record that was read.
pub(super) fn entry(day: &str, number: u64, text: Option<String>) -> Option<AuditEntry> {
    let text = text?;
    let record: AuditRecord = serde_json::from_str(&text).ok()?;
    let id = AuditId { day: day.to_owned(), number };
    Some(AuditEntry { id, record, text, sealed: None })
}
