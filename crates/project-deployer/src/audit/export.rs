//! All records, in the order of the chain.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use futures::Stream;
use futures::stream::try_unfold;
use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;
use project_deployer_store::Store;

use super::chain::{AnchorRecord, BlockRecord, HeadRecord};
use super::days::{days_after, entry, texts};
use super::{AuditEntry, AuditHead};
use crate::state::{Repository, unavailable};

/// How many records that are not sealed are read at once.
const AT_ONCE: usize = 250;

/// Reads records one part after the other: first the sealed ones in the order of the chain, then the others by day.
pub struct AuditExport {
    repository: Repository,
    since: Option<Timestamp>,
    phase: Phase,
    sealed: BTreeMap<String, u64>,
}

enum Phase {
    Start,
    Blocks { next: u64, until: u64 },
    Days { days: VecDeque<String>, after: Option<u64> },
}

impl AuditExport {
    pub(crate) fn of(store: Arc<dyn Store>, since: Option<Timestamp>) -> Self {
        let repository = Repository { store };
        Self { repository, since, phase: Phase::Start, sealed: BTreeMap::new() }
    }

    /// The next records; none after the last one. A part may be empty.
    ///
    /// # Errors
    ///
    /// The store does not answer, or holds something that is no record: `deployer audit verify` says what.
    pub async fn next_part(&mut self) -> Result<Option<Vec<AuditEntry>>, DeployerError> {
        let mut part = match &mut self.phase {
            Phase::Start => self.start().await?,
            Phase::Blocks { next, until } if *next <= *until => {
                let number = *next;
                *next = number.saturating_add(1);
                self.block(number).await?
            }
            Phase::Blocks { .. } => {
                let days = days_after(&*self.repository.store, None).await.map_err(unavailable)?;
                self.phase = Phase::Days { days: days.into(), after: None };
                Vec::new()
            }
            Phase::Days { .. } => match self.unsealed().await? {
                Some(part) => part,
                None => return Ok(None),
            },
        };
        if let Some(since) = self.since {
            part.retain(|entry| entry.record.time >= since);
        }
        Ok(Some(part))
    }

    /// All records as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<AuditEntry, DeployerError>> + Send {
        let start = (self, VecDeque::<AuditEntry>::new());
        try_unfold(start, async |(mut export, mut ready)| {
            loop {
                if let Some(entry) = ready.pop_front() {
                    return Ok(Some((entry, (export, ready))));
                }
                match export.next_part().await? {
                    Some(part) => ready.extend(part),
                    None => return Ok(None),
                }
            }
        })
    }

    async fn start(&mut self) -> Result<Vec<AuditEntry>, DeployerError> {
        let head = self.repository.find::<HeadRecord>(HeadRecord::ID).await?;
        let anchor = self.repository.find::<AnchorRecord>(AnchorRecord::ID).await?;
        let next = anchor.map_or(0, |anchor| anchor.value.block).saturating_add(1);
        let until = head.map_or(0, |head| head.value.block);
        self.phase = Phase::Blocks { next, until };
        Ok(Vec::new())
    }

    async fn block(&mut self, number: u64) -> Result<Vec<AuditEntry>, DeployerError> {
        let id = BlockRecord::record_id(number);
        let found = self.repository.find::<BlockRecord>(&id).await?;
        let Some(block) = found.map(|found| found.value) else {
            let anchor = self.repository.find::<AnchorRecord>(AnchorRecord::ID).await?;
            return match anchor {
                // Retention removed it meanwhile.
                Some(anchor) if anchor.value.block >= number => Ok(Vec::new()),
                _ => Err(broken(format!("block {number} is missing"))),
            };
        };
        let sealed = self.sealed.entry(block.day.clone()).or_default();
        *sealed = block.last().max(*sealed);
        // Its records are older than the block.
        if self.since.is_some_and(|since| block.sealed_at < since) {
            return Ok(Vec::new());
        }
        let after = block.first.saturating_sub(1);
        let store = &*self.repository.store;
        let found =
            texts(store, &block.day, after, block.hashes.len()).await.map_err(unavailable)?;
        let mut part = Vec::with_capacity(found.len());
        for ((number, text), hash) in found.into_iter().zip(&block.hashes) {
            let read = entry(&block.day, number, text);
            let entry = read.ok_or_else(|| unreadable(&block.day, number))?;
            let sealed = Some(AuditHead::new(block.number, hash.clone()));
            part.push(AuditEntry { sealed, ..entry });
        }
        Ok(part)
    }

    /// Records after the sealed ones.
    async fn unsealed(&mut self) -> Result<Option<Vec<AuditEntry>>, DeployerError> {
        let Phase::Days { days, after } = &mut self.phase else { return Ok(None) };
        let Some(day) = days.front().cloned() else { return Ok(None) };
        let from = after.unwrap_or_else(|| self.sealed.get(&day).copied().unwrap_or_default());
        let found =
            texts(&*self.repository.store, &day, from, AT_ONCE).await.map_err(unavailable)?;
        match found.last() {
            Some((last, _)) if found.len() >= AT_ONCE => *after = Some(*last),
            _ => {
                days.pop_front();
                *after = None;
            }
        }
        let read = found.into_iter().map(|(number, text)| {
            entry(&day, number, text).ok_or_else(|| unreadable(&day, number))
        });
        read.collect::<Result<_, _>>().map(Some)
    }
}

fn unreadable(day: &str, number: u64) -> DeployerError {
    broken(format!("record {day}/{number} cannot be read"))
}

fn broken(what: String) -> DeployerError {
    DeployerError::state("the audit", what + "; `deployer audit verify` lists all faults")
}

impl fmt::Debug for AuditExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditExport").field("since", &self.since).finish_non_exhaustive()
    }
}
