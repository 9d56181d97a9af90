#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod archive;
mod archive_file;
mod arriving;
mod codes;
mod commit;
#[cfg(any(test, feature = "test-support"))]
pub mod conformance;
mod content;
#[cfg(any(test, feature = "test-support"))]
mod counting;
mod document;
mod error;
#[cfg(any(test, feature = "test-support"))]
mod failing;
mod file;
#[cfg(any(test, feature = "test-support"))]
mod flaky;
mod journal;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod keyring;
mod lease;
mod maintenance;
#[cfg(any(test, feature = "test-support"))]
mod meanwhile;
mod memory;
#[cfg(feature = "objects")]
mod objects;
#[cfg(any(test, feature = "test-support"))]
mod paced;
mod page;
#[cfg(any(test, feature = "test-support"))]
mod panicking;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sealing;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(test, feature = "test-support"))]
mod standing;
mod store;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod stored;
mod tally;
#[cfg(any(test, feature = "test-support"))]
mod wrapper;

pub use archive::{ArchiveError, BundleArchive, ByteStream, Damage, ListedArchive, StoredArchive};
pub use archive_file::{ArchiveFile, ArchiveFileWriter};
pub use commit::{Commit, CommitId, Expected, Write};
pub use content::ContentDigest;
#[cfg(any(test, feature = "test-support"))]
pub use counting::{CountingStore, Counts};
pub use document::{Collection, Document, DocumentKey, Revision, Secrets};
pub use error::StoreError;
#[cfg(any(test, feature = "test-support"))]
pub use failing::{FailingStore, FailureMode};
#[cfg(any(test, feature = "test-support"))]
pub use flaky::FlakyStore;
pub use journal::{JournalEntry, JournalStream};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use keyring::{KeyFile, KeyId, KeySource, Keyring, KeyringError, SealError};
pub use lease::Lease;
pub use maintenance::{Counters, Damaged, Inventory, Maintenance, Resealed, Sealing, StoreDamage};
#[cfg(any(test, feature = "test-support"))]
pub use meanwhile::MeanwhileStore;
pub use memory::{MemoryArchive, MemoryStore};
#[cfg(feature = "objects")]
pub use objects::{ArchiveLocation, ArchiveLocationError, ObjectArchive};
#[cfg(feature = "s3")]
pub use objects::{S3Keys, S3Settings};
#[cfg(any(test, feature = "test-support"))]
pub use paced::PacedStore;
pub use page::{Change, Changes, HeldBody, HeldDocument, ListedDocument, Listing, StoreStatus};
#[cfg(any(test, feature = "test-support"))]
pub use panicking::PanickingStore;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOpenError, PostgresOptions, PostgresStore};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use sealing::SecretsAtRest;
#[cfg(feature = "sqlite")]
pub use sqlite::{OpenError, SqliteStore};
#[cfg(any(test, feature = "test-support"))]
pub use standing::{StandingStore, StandsAt};
pub use store::Store;
