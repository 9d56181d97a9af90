#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod archive;
mod codes;
mod commit;
#[cfg(any(test, feature = "test-support"))]
pub mod conformance;
mod document;
mod error;
#[cfg(any(test, feature = "test-support"))]
mod failing;
mod lease;
mod memory;
#[cfg(any(test, feature = "test-support"))]
mod paced;
mod store;
#[cfg(any(test, feature = "test-support"))]
mod wrapper;

pub use archive::{ArchiveError, BundleArchive, ByteStream, StoredArchive};
pub use commit::{Commit, Expected, Write};
pub use document::{Collection, Document, DocumentKey, Secrets, Version};
pub use error::StoreError;
#[cfg(any(test, feature = "test-support"))]
pub use failing::{FailingStore, FailureMode};
pub use lease::Lease;
pub use memory::{MemoryArchive, MemoryStore};
#[cfg(any(test, feature = "test-support"))]
pub use paced::PacedStore;
pub use store::{JournalEntry, JournalStream, Store};
