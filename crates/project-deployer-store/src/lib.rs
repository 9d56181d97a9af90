#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod archive;
mod arriving;
mod codes;
mod commit;
#[cfg(any(test, feature = "test-support"))]
pub mod conformance;
mod document;
mod error;
#[cfg(any(test, feature = "test-support"))]
mod failing;
mod journal;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod keyring;
mod lease;
mod memory;
#[cfg(feature = "sqlite")]
mod objects;
#[cfg(any(test, feature = "test-support"))]
mod paced;
mod page;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sealing;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod stored;
#[cfg(any(test, feature = "test-support"))]
mod wrapper;

pub use archive::{ArchiveError, BundleArchive, ByteStream, ListedArchive, StoredArchive};
pub use commit::{Commit, CommitId, Expected, Write};
pub use document::{Collection, Document, DocumentKey, Revision, Secrets};
pub use error::StoreError;
#[cfg(any(test, feature = "test-support"))]
pub use failing::{FailingStore, FailureMode};
pub use journal::{JournalEntry, JournalStream};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use keyring::{KeyId, Keyring, KeyringError, SealError};
pub use lease::Lease;
pub use memory::{MemoryArchive, MemoryStore};
#[cfg(feature = "sqlite")]
pub use objects::ObjectArchive;
#[cfg(any(test, feature = "test-support"))]
pub use paced::PacedStore;
pub use page::{Change, Changes, ListedDocument, Listing, StoreStatus};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOpenError, PostgresOptions, PostgresStore};
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use sealing::SecretsAtRest;
#[cfg(feature = "sqlite")]
pub use sqlite::{OpenError, SqliteStore};
pub use store::Store;
