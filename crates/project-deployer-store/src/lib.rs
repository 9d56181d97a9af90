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
mod lease;
mod memory;
#[cfg(any(test, feature = "test-support"))]
mod paced;
mod page;
mod store;
#[cfg(any(test, feature = "test-support"))]
mod wrapper;

pub use archive::{ArchiveError, BundleArchive, ByteStream, ListedArchive, StoredArchive};
pub use commit::{Commit, CommitId, Expected, Write};
pub use document::{Collection, Document, DocumentKey, Revision, Secrets};
pub use error::StoreError;
#[cfg(any(test, feature = "test-support"))]
pub use failing::{FailingStore, FailureMode};
pub use journal::{JournalEntry, JournalStream};
pub use lease::Lease;
pub use memory::{MemoryArchive, MemoryStore};
#[cfg(any(test, feature = "test-support"))]
pub use paced::PacedStore;
pub use page::{Change, Changes, ListedDocument, Listing, StoreStatus};
pub use store::Store;
