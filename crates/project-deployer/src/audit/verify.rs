//! Checks that no record was changed, removed, inserted or moved.

use std::collections::BTreeMap;
use std::fmt;

use project_deployer_store::{Listing, StoreError};
use serde::Serialize;

use super::chain::{AnchorRecord, BlockRecord, GENESIS, HeadRecord, SealedDay, hash_of_record};
use super::days::{PAGE, days_after, entry, texts};
use super::{Action, AuditHead, AuditId};
use crate::state::{Record, Repository, VersionedRecord, read};

/// How often everything is read again because retention removed the beginning of the chain meanwhile.
const ATTEMPTS: usize = 3;

/// What was checked, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditVerification {
    /// The number of records in the chain.
    pub sealed: u64,
    /// The number of records that are not in the chain yet.
    pub unsealed: u64,
    /// The number of blocks.
    pub blocks: u64,
    /// The number of records that retention removed.
    pub trimmed: u64,
    /// The last block. Whoever keeps it elsewhere can prove later that nothing before it was changed.
    pub head: Option<AuditHead>,
    /// What is wrong.
    pub faults: Vec<AuditFault>,
}

/// Something wrong with the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditFault {
    /// What it is on: a record, a block, a day.
    pub object: String,
    /// What is wrong.
    pub what: String,
}

/// Checks the whole chain, and that the block of an expected place is in it.
pub(crate) async fn verify_chain(
    repository: &Repository,
    expected: Option<&AuditHead>,
) -> Result<AuditVerification, StoreError> {
    let mut attempt = 1;
    loop {
        let anchor = document::<AnchorRecord>(repository, AnchorRecord::ID).await?;
        let mut check = Check {
            repository,
            found: AuditVerification::default(),
            days: BTreeMap::new(),
            trims: Vec::new(),
        };
        check.chain(anchor.as_ref(), expected).await?;
        check.rest(anchor.as_ref()).await?;
        let is_same = document::<AnchorRecord>(repository, AnchorRecord::ID).await? == anchor;
        if is_same || check.found.faults.is_empty() || attempt == ATTEMPTS {
            return Ok(check.found);
        }
        attempt += 1;
    }
}

/// A document of the chain. One that cannot be read is missing to the chain; the check of the state reports it too.
async fn document<T: Record>(repository: &Repository, id: &str) -> Result<Option<T>, StoreError> {
    let key = T::KIND.key(id);
    let found = match repository.store.read(&key).await {
        Ok(found) => found,
        Err(StoreError::Damaged { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok(found.and_then(|found| VersionedRecord::of(&key, found).ok()).map(|found| found.value))
}

struct Check<'a> {
    repository: &'a Repository,
    found: AuditVerification,
    /// How many records of each day are in blocks.
    days: BTreeMap<String, u64>,
    /// The anchors that records sign off.
    trims: Vec<serde_json::Value>,
}

impl Check<'_> {
    fn fault(&mut self, object: &dyn fmt::Display, what: impl Into<String>) {
        self.found.faults.push(AuditFault { object: object.to_string(), what: what.into() });
    }

    async fn chain(
        &mut self,
        anchor: Option<&AnchorRecord>,
        expected: Option<&AuditHead>,
    ) -> Result<(), StoreError> {
        let head = document::<HeadRecord>(self.repository, HeadRecord::ID).await?;
        let (mut number, mut hash) = match anchor {
            Some(anchor) => (anchor.block, anchor.hash.clone()),
            None => (0, GENESIS.to_owned()),
        };
        self.found.trimmed = anchor.map_or(0, |anchor| anchor.records);
        let mut is_expected = expected.is_none_or(|place| {
            place.block < number || (place.block == number && place.hash == hash)
        });
        let last = head.as_ref().map_or(number, |head| head.block);
        let mut after = Some(BlockRecord::record_id(number));
        while number < last {
            let mut listing = Listing::of(BlockRecord::KIND, PAGE);
            listing.after = after.take();
            let page = self.repository.store.list(&listing).await?;
            let is_last_page = page.len() < PAGE;
            for document in page {
                after = Some(document.id.clone());
                let Ok(block) = read::<BlockRecord>(document) else { continue };
                if block.number > last {
                    break;
                }
                for missing in (number.saturating_add(1)..block.number).take(PAGE) {
                    self.fault(&format!("block {missing}"), "it is missing");
                }
                self.block(&block, (block.number == number.saturating_add(1)).then_some(&hash))
                    .await?;
                is_expected |= expected
                    .is_some_and(|place| place.block == block.number && place.hash == block.hash);
                (number, hash) = (block.number, block.hash);
            }
            if is_last_page {
                break;
            }
        }
        for missing in (number.saturating_add(1)..=last).take(PAGE) {
            self.fault(&format!("block {missing}"), "it is missing");
        }
        self.head(head, (number, &hash), anchor);
        if let Some(place) = expected.filter(|_| !is_expected) {
            self.fault(
                &format!("block {}", place.block),
                "the chain has another one than the expected one, or none",
            );
        }
        Ok(())
    }

    fn head(
        &mut self,
        head: Option<HeadRecord>,
        (number, hash): (u64, &str),
        anchor: Option<&AnchorRecord>,
    ) {
        let Some(head) = head else {
            if anchor.is_some() || number > 0 {
                self.fault(&"the head of the chain", "it is missing");
            }
            return;
        };
        if head.block == number && head.hash != hash {
            self.fault(&"the head of the chain", "it names another hash than its block has");
        }
        if head.records != self.found.sealed.saturating_add(self.found.trimmed) {
            let what = format!(
                "it counts {} records, and the blocks have {}",
                head.records,
                self.found.sealed + self.found.trimmed
            );
            self.fault(&"the head of the chain", what);
        }
        self.found.head = Some(AuditHead::new(head.block, head.hash));
    }

    /// Checks a block. `previous` is the hash of the block before it, if that is there.
    async fn block(
        &mut self,
        block: &BlockRecord,
        previous: Option<&String>,
    ) -> Result<(), StoreError> {
        self.found.blocks += 1;
        self.found.sealed += block.count();
        let name = format!("block {}", block.number);
        if previous.is_some_and(|previous| *previous != block.previous) {
            self.fault(&name, "it follows another block than the one before it");
        }
        if block.expected_hash() != block.hash {
            self.fault(&name, "it was changed: its hash does not fit");
        }
        let known = self.days.entry(block.day.clone()).or_default();
        let next = known.saturating_add(1);
        *known = block.last().max(*known);
        if block.first != next {
            self.fault(
                &name,
                format!(
                    "it begins with record {} of {}, and record {next} is the next one",
                    block.first, block.day
                ),
            );
        }
        let after = block.first.saturating_sub(1);
        let found = texts(&*self.repository.store, &block.day, after, block.hashes.len()).await?;
        let mut found: BTreeMap<u64, Option<String>> = found.into_iter().collect();
        let mut before = &block.previous;
        for (hash, number) in block.hashes.iter().zip(block.first..) {
            let id = AuditId { day: block.day.clone(), number };
            match found.remove(&number) {
                None => self.fault(&format!("record {id}"), "it is missing"),
                Some(text) => {
                    let text = text.unwrap_or_default();
                    if hash_of_record(before, &id, &text) != *hash {
                        self.fault(
                            &format!("record {id}"),
                            "it was changed: its hash does not fit",
                        );
                    }
                    self.learn(&id, text);
                }
            }
            // One changed record is one fault.
            before = hash;
        }
        Ok(())
    }

    /// Remembers what the removal of old records signs off.
    fn learn(&mut self, id: &AuditId, text: String) {
        match entry(&id.day, id.number, Some(text)) {
            Some(entry) if entry.record.action == Action::Trim.as_str() => {
                self.trims.extend(entry.record.after)
            }
            Some(_) => {}
            None => self.fault(&format!("record {id}"), "it cannot be read"),
        }
    }

    /// Checks records that are not in the chain, and what is not a record.
    async fn rest(&mut self, anchor: Option<&AnchorRecord>) -> Result<(), StoreError> {
        let store = &*self.repository.store;
        let days = days_after(store, None).await?;
        for day in self.days.keys().cloned().collect::<Vec<_>>() {
            if !days.contains(&day) {
                self.fault(&format!("day {day}"), "its document is missing");
            }
        }
        for day in days {
            let sealed = self.days.get(&day).copied().unwrap_or_default();
            let known = document::<SealedDay>(self.repository, &day)
                .await?
                .map_or(0, |known| known.records);
            if known < sealed {
                self.fault(
                    &format!("day {day}"),
                    format!("{sealed} of its records are sealed, and its document says {known}"),
                );
            }
            let mut after = sealed;
            loop {
                let found = texts(store, &day, after, PAGE).await?;
                let is_last = found.len() < PAGE;
                for (number, text) in found {
                    for missing in (after.saturating_add(1)..number).take(PAGE) {
                        self.fault(&format!("record {day}/{missing}"), "it is missing");
                    }
                    self.found.unsealed += 1;
                    self.learn(&AuditId { day: day.clone(), number }, text.unwrap_or_default());
                    after = number;
                }
                if is_last {
                    break;
                }
            }
        }
        if let Some(anchor) = anchor {
            let signed = serde_json::json!({"block": anchor.block, "hash": anchor.hash, "records": anchor.records});
            if !self.trims.contains(&signed) {
                self.fault(
                    &"the anchor of the chain",
                    "no record signs off that the records before it were removed",
                );
            }
        }
        Ok(())
    }
}
