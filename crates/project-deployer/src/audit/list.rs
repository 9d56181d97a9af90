//! Records for administrators, page by page.

use project_deployer_client::DeployerError;
use project_deployer_core::{Timestamp, setters};
use project_deployer_store::Store;

use super::chain::SealedDay;
use super::days::{PAGE, days_after, entry, last_of, texts};
use super::{AuditEntry, AuditId, AuditOutcome, AuditRecord};
use crate::state::{Repository, unavailable};

/// How many records one page looks at.
const LOOKED_AT: u64 = 5_000;

/// Which records to list. Without a filter, all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AuditFilter {
    /// Only records about this kind of object, such as `infrastructure`.
    pub kind: Option<String>,
    /// Only records about objects of this id.
    pub id: Option<String>,
    /// Only records of whoever acted under this login, or on whose behalf somebody acted.
    pub actor: Option<String>,
    /// Only records of this action.
    pub action: Option<String>,
    /// Only what was done, or only what was refused.
    pub outcome: Option<AuditOutcome>,
    /// Only records of this time and later.
    pub since: Option<Timestamp>,
    /// Only records before this time.
    pub until: Option<Timestamp>,
}

setters!(AuditFilter {
    with_kind(kind: Option<String>),
    with_id(id: Option<String>),
    with_actor(actor: Option<String>),
    with_action(action: Option<String>),
    with_outcome(outcome: Option<AuditOutcome>),
    with_since(since: Option<Timestamp>),
    with_until(until: Option<Timestamp>),
});

/// Some records, the newest first.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct AuditPage {
    /// The records. There may be few or none of them although there are older ones.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins. None if there are no older records.
    pub next: Option<AuditId>,
}

impl AuditFilter {
    /// Whether a record is listed.
    #[must_use]
    pub fn shows(&self, record: &AuditRecord) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        let acted = |login: &str| {
            let logins = [&record.actor, &record.on_behalf_of];
            logins.into_iter().any(|known| known.as_deref() == Some(login))
        };
        is(&self.kind, &record.kind)
            && is(&self.id, &record.id)
            && is(&self.action, &record.action)
            && self.actor.as_deref().is_none_or(acted)
            && self.outcome.is_none_or(|wanted| wanted == record.outcome)
            && self.since.is_none_or(|since| record.time >= since)
            && self.until.is_none_or(|until| record.time < until)
    }
}

/// One page of records before a place, the newest first.
pub(crate) async fn list_records(
    repository: &Repository,
    filter: &AuditFilter,
    before: Option<&AuditId>,
    limit: usize,
) -> Result<AuditPage, DeployerError> {
    let store: &dyn Store = &*repository.store;
    let mut days = days_after(store, None).await.map_err(unavailable)?;
    let first = filter.since.map(super::days::day_of);
    days.retain(|day| {
        before.is_none_or(|before| *day <= before.day)
            && first.as_ref().is_none_or(|first| day >= first)
    });
    let mut page = AuditPage::default();
    let mut left = LOOKED_AT;
    while let Some(day) = days.pop() {
        let mut until = match before {
            Some(before) if before.day == day => before.number.saturating_sub(1),
            _ => {
                let sealed = repository.find::<SealedDay>(&day).await?;
                let known = sealed.map_or(0, |sealed| sealed.value.records);
                last_of(store, &day, known).await.map_err(unavailable)?
            }
        };
        while until > 0 {
            let after = until.saturating_sub(PAGE as u64);
            let some = usize::try_from(until - after).unwrap_or(PAGE);
            let mut found = texts(store, &day, after, some).await.map_err(unavailable)?;
            while let Some((number, text)) = found.pop() {
                if page.entries.len() >= limit || left == 0 {
                    // The one before this is the last one that was looked at.
                    page.next = Some(AuditId { day, number: number + 1 });
                    return Ok(page);
                }
                left -= 1;
                let read = entry(&day, number, text);
                page.entries.extend(read.filter(|entry| filter.shows(&entry.record)));
            }
            until = after;
        }
    }
    Ok(page)
}
