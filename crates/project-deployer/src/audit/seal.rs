//! Chains records that are written.
//!
//! A record is written by the commit of its change, without a place in the chain: a chain that every commit extends
//! would be one document that every commit replaces, so that all writers of all processes would conflict with each
//! other. Records of a day are numbered without gaps by the store, in the order of their commits. Sealing reads what
//! is new and adds blocks. The document of the chain's head is replaced by compare and set: of two processes that seal
//! at once, one adds its block and the other one reads again. So no lease is needed, and nothing depends on which
//! process seals.

use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;
use project_deployer_store::{Commit, Store};

use super::chain::{BlockRecord, HeadRecord, SealedDay};
use super::days::{days_after, texts};
use crate::deployer::Deployer;
use crate::state::{RecordCommit as _, Repository, VersionedRecord, unavailable};

/// How many records a block has at most.
const LARGEST: usize = 250;

/// How often a block is built again because another process was faster.
const ATTEMPTS: usize = 50;

/// What was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AuditSealing {
    /// The number of records.
    pub records: u64,
    /// The number of blocks.
    pub blocks: u64,
}

/// What became of an attempt to add a block.
enum Added {
    /// It has this many records.
    Block(u64),
    /// Everything of the day is sealed.
    Nothing,
    /// Another process was faster.
    Conflict,
}

impl Deployer {
    /// Chains all audit records that are not chained yet. A Deployer that was opened by a URL does so by itself, a few
    /// seconds after each change.
    ///
    /// # Errors
    ///
    /// The store does not answer, or other processes seal all the time.
    pub async fn seal_audit(&self) -> Result<AuditSealing, DeployerError> {
        self.seal_days_after(None).await
    }

    pub(super) async fn seal_days_after(
        &self,
        day: Option<&str>,
    ) -> Result<AuditSealing, DeployerError> {
        let repository = &self.inner.repository;
        let mut sealing = AuditSealing::default();
        let mut conflicts = 0;
        for day in days_after(&*repository.store, day).await.map_err(unavailable)? {
            loop {
                match add_block(repository, &day, self.now()).await? {
                    Added::Block(records) => {
                        sealing.records += records;
                        sealing.blocks += 1;
                    }
                    Added::Nothing => break,
                    Added::Conflict if conflicts < ATTEMPTS => conflicts += 1,
                    Added::Conflict => {
                        return Err(DeployerError::not_possible(
                            "other processes seal audit records all the time",
                            "try again later",
                        ));
                    }
                }
            }
        }
        Ok(sealing)
    }
}

/// Adds one block with what is new on a day.
async fn add_block(
    repository: &Repository,
    day: &str,
    now: Timestamp,
) -> Result<Added, DeployerError> {
    let store: &dyn Store = &*repository.store;
    let sealed = repository.find::<SealedDay>(day).await?;
    let known = sealed.as_ref().map_or(0, |sealed| sealed.value.records);
    let new = texts(store, day, known, LARGEST).await.map_err(unavailable)?;
    let mut run = Vec::with_capacity(new.len());
    for ((number, text), expected) in new.into_iter().zip(known.saturating_add(1)..) {
        let text = text.filter(|_| number == expected).ok_or_else(|| {
            DeployerError::state(
                "the audit",
                format!(
                    "record {day}/{expected} is missing or no text: run `deployer audit verify`"
                ),
            )
        })?;
        run.push(text);
    }
    if run.is_empty() {
        return Ok(Added::Nothing);
    }
    let head = repository.find::<HeadRecord>(HeadRecord::ID).await?;
    let head = head.unwrap_or_else(|| VersionedRecord::unwritten(HeadRecord::genesis()));
    let place = (day, known.saturating_add(1));
    let block = BlockRecord::after((head.value.block, &head.value.hash), place, &run, now);
    let records = block.count();
    let new_head = HeadRecord {
        block: block.number,
        hash: block.hash.clone(),
        records: head.value.records.saturating_add(records),
    };
    let day = SealedDay { day: day.to_owned(), records: block.last(), block: block.number };
    let commit = Commit::new().create(&block)?.replace(&head, &new_head)?;
    let commit = match &sealed {
        Some(sealed) => commit.replace(sealed, &day)?,
        None => commit.create(&day)?,
    };
    match repository.commit_unaudited(commit).await {
        Ok(()) => {
            // A log that is kept elsewhere can prove later that nothing was removed or changed before this block.
            tracing::info!(block = block.number, hash = %block.hash, records, "audit records were sealed");
            Ok(Added::Block(records))
        }
        Err(DeployerError::ChangedMeanwhile(_)) => Ok(Added::Conflict),
        Err(error) => Err(error),
    }
}
