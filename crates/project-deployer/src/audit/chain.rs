//! The chain of records, as the store holds it.
//!
//! A block covers some consecutive records of one day. Each record has a hash of the hash before it and its own bytes;
//! the first one begins with the hash of the block before. The hash of a block covers the last of these and the place
//! of the block. So a chain leads through all records, whichever day they are of.

use project_deployer_core::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::AuditId;
use crate::authentication::digits;

/// The hash before the first block.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A block, which is never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockRecord {
    /// Its number, counted from 1.
    pub(crate) number: u64,
    /// The hash of the block before it.
    pub(crate) previous: String,
    /// The day of its records.
    pub(crate) day: String,
    /// The number of its first record within the day.
    pub(crate) first: u64,
    /// The hash of each record.
    pub(crate) hashes: Vec<String>,
    pub(crate) sealed_at: Timestamp,
    /// The hash of the block.
    pub(crate) hash: String,
}

/// The last block. Whoever seals changes it, so that no two blocks follow the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeadRecord {
    pub(crate) block: u64,
    pub(crate) hash: String,
    /// How many records all blocks have, trimmed ones included.
    pub(crate) records: u64,
}

/// How many records of a day are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SealedDay {
    pub(crate) day: String,
    pub(crate) records: u64,
    /// The last block with records of the day.
    pub(crate) block: u64,
}

/// The end of the blocks that were trimmed: the chain begins after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnchorRecord {
    pub(crate) block: u64,
    pub(crate) hash: String,
    /// How many records were trimmed, from the beginning on.
    pub(crate) records: u64,
    /// The last day that was trimmed.
    pub(crate) day: String,
    pub(crate) trimmed_at: Timestamp,
}

impl BlockRecord {
    /// The id of the block of a number. Ids sort as numbers do.
    pub(crate) fn record_id(number: u64) -> String {
        format!("{number:020}")
    }

    /// The block after another one.
    pub(super) fn after(
        (number, previous): (u64, &str),
        (day, first): (&str, u64),
        texts: &[String],
        sealed_at: Timestamp,
    ) -> Self {
        let mut hashes: Vec<String> = Vec::with_capacity(texts.len());
        for (text, number) in texts.iter().zip(first..) {
            let before = hashes.last().map_or(previous, String::as_str);
            let id = AuditId { day: day.to_owned(), number };
            hashes.push(hash_of_record(before, &id, text));
        }
        let mut block = Self {
            number: number.saturating_add(1),
            previous: previous.to_owned(),
            day: day.to_owned(),
            first,
            hashes,
            sealed_at,
            hash: String::new(),
        };
        block.hash = block.expected_hash();
        block
    }

    /// The hash of a block with these contents.
    pub(super) fn expected_hash(&self) -> String {
        let Self { number, previous, day, first, hashes, sealed_at, .. } = self;
        let last = hashes.last().unwrap_or(previous);
        let (count, sealed_at) = (hashes.len(), sealed_at.as_millis());
        hash(&format!("{last}\nblock\n{number}\n{previous}\n{day}\n{first}\n{count}\n{sealed_at}"))
    }

    /// The number of records.
    pub(super) fn count(&self) -> u64 {
        self.hashes.len() as u64
    }

    /// The number of the last record within its day.
    pub(super) fn last(&self) -> u64 {
        self.first.saturating_add(self.count()).saturating_sub(1)
    }
}

impl HeadRecord {
    /// There is one record.
    pub(crate) const ID: &str = "head";

    /// Before the first block.
    pub(super) fn genesis() -> Self {
        Self { block: 0, hash: GENESIS.to_owned(), records: 0 }
    }
}

impl AnchorRecord {
    /// There is one record.
    pub(crate) const ID: &str = "anchor";
}

/// The hash of a record after another one.
pub(super) fn hash_of_record(before: &str, id: &AuditId, text: &str) -> String {
    hash(&format!("{before}\nrecord\n{id}\n{text}"))
}

fn hash(text: &str) -> String {
    digits(&Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(texts: &[&str]) -> BlockRecord {
        let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
        let at = Timestamp::from_millis(7);
        BlockRecord::after((4, GENESIS), ("2026-11-29", 10), &texts, at)
    }

    #[test]
    fn hashes_are_the_documented_ones() {
        // Computed by another program, as docs/audit.md says.
        let block = block(&["{}"]);
        let record = "ca52046654935b1276e23cedbe2ae1e2902a7202518a77d858afa6d43b9c14f8";
        assert_eq!(block.hashes, [record]);
        let expected = "2f140674653f7c6a81f0b722600a83853a3d86637dd5494e16bd449db6a407a5";
        assert_eq!(block.hash, expected);
    }

    #[test]
    fn every_part_of_a_block_counts() {
        let known = block(&["a", "b"]);
        assert_eq!((known.number, known.last()), (5, 11));
        let mut others = vec![block(&["b", "a"]), block(&["a"]), block(&["ab"])];
        others.push(BlockRecord { day: "2026-11-28".to_owned(), ..known.clone() });
        others.push(BlockRecord { first: 11, ..known.clone() });
        others.push(BlockRecord { number: 6, ..known.clone() });
        others.push(BlockRecord { sealed_at: Timestamp::from_millis(8), ..known.clone() });
        others.push(BlockRecord { previous: "1".repeat(64), ..known.clone() });
        for other in others {
            assert_ne!(other.expected_hash(), known.hash, "{other:?}");
        }
        assert_eq!(known.expected_hash(), known.hash);
    }
}
