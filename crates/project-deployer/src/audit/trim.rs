//! Removes old days. The chain stays verifiable: an anchor says how far it was removed, and a record of the removal
//! signs the anchor off.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::DeployerError;
use project_deployer_store::{Commit, Expected};
use serde_json::json;

use super::chain::{AnchorRecord, BlockRecord, SealedDay};
use super::days::{DAYS, journal_of, texts};
use super::retention::removed;
use super::{Action, Asked, Change};
use crate::deployer::Deployer;
use crate::state::{Record as _, RecordCommit as _, VersionedRecord, unavailable};

/// How many blocks one commit removes, unless one day has more.
const AT_ONCE: u64 = 500;

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AuditTrim {
    /// The number of days.
    pub days: u64,
    /// The number of records.
    pub records: u64,
}

/// Blocks from the beginning of the chain that make up whole days.
struct Cut {
    last: BlockRecord,
    first: u64,
    days: BTreeSet<String>,
    records: u64,
}

impl Deployer {
    /// Removes the audit records that [retention](crate::DeployerBuilder::audit_retention) does not keep. Each part is
    /// one commit with a record of its own.
    ///
    /// # Errors
    ///
    /// The store does not answer, or another process does the same.
    pub async fn trim_audit(&self) -> Result<AuditTrim, DeployerError> {
        let mut trim = AuditTrim::default();
        if self.inner.audit_retention == super::AuditRetention::default() {
            return Ok(trim);
        }
        while let Some((days, records)) = self.trim_some().await? {
            trim.days += days;
            trim.records += records;
        }
        Ok(trim)
    }

    async fn trim_some(&self) -> Result<Option<(u64, u64)>, DeployerError> {
        let repository = &self.inner.repository;
        let sealed = repository.readable_below::<SealedDay>("").await?;
        let days: Vec<_> = sealed.iter().map(|day| (day.day.clone(), day.records)).collect();
        let count = removed(&days, self.inner.audit_retention, self.now());
        let ends: BTreeMap<_, _> =
            sealed.into_iter().take(count).map(|day| (day.day.clone(), day)).collect();
        let anchor = repository.find::<AnchorRecord>(AnchorRecord::ID).await?;
        let from = anchor.as_ref().map_or(0, |anchor| anchor.value.block);
        let Some(cut) = self.cut(from, &ends).await? else { return Ok(None) };
        let trimmed = AnchorRecord {
            block: cut.last.number,
            hash: cut.last.hash.clone(),
            records: anchor.as_ref().map_or(0, |anchor| anchor.value.records) + cut.records,
            day: cut.days.last().cloned().unwrap_or_default(),
            trimmed_at: self.now(),
        };
        let mut commit = Commit::new();
        for day in &cut.days {
            let sealed = ends.get(day).map_or(0, |sealed| sealed.records);
            let late = texts(&*repository.store, day, sealed, 1).await.map_err(unavailable)?;
            if !late.is_empty() {
                // The next round seals it, and the one after it removes the day.
                return Ok(None);
            }
            commit = commit
                .delete(DAYS.key(day), Expected::Any)
                .delete(SealedDay::KIND.key(day), Expected::Any)
                .remove_journal(journal_of(day));
        }
        for number in cut.first..=cut.last.number {
            let key = BlockRecord::KIND.key(BlockRecord::record_id(number));
            commit = commit.delete(key, Expected::Any);
        }
        let anchor = match anchor {
            Some(found) => found,
            None => VersionedRecord::unwritten(trimmed.clone()),
        };
        let commit = commit.replace(&anchor, &trimmed)?;
        let anchor =
            json!({"block": trimmed.block, "hash": trimmed.hash, "records": trimmed.records});
        let change = Change::of(Action::Trim, "audit", &trimmed.day).with_after(anchor);
        self.commit_change(Asked::default(), commit, change).await?;
        Ok(Some((cut.days.len() as u64, cut.records)))
    }

    /// The longest part of the chain, from its beginning on, whose days all go and are whole.
    async fn cut(
        &self,
        from: u64,
        ends: &BTreeMap<String, SealedDay>,
    ) -> Result<Option<Cut>, DeployerError> {
        let first = from.saturating_add(1);
        let mut found: Option<Cut> = None;
        let mut days = BTreeMap::<String, bool>::new();
        let mut records = 0;
        for number in first.. {
            let id = BlockRecord::record_id(number);
            let Some(block) = self.inner.repository.find::<BlockRecord>(&id).await? else { break };
            let block = block.value;
            let Some(end) = ends.get(&block.day) else { break };
            records += block.count();
            days.insert(block.day.clone(), end.block <= number);
            if days.values().all(|is_whole| *is_whole) {
                let days = days.keys().cloned().collect();
                found = Some(Cut { last: block, first, days, records });
                if number - from >= AT_ONCE {
                    break;
                }
            }
        }
        Ok(found)
    }
}
