//! The engine's documents in a store, and how they are read and written.

mod pages;
mod records;
mod repository;

#[cfg(feature = "sqlite")]
pub(crate) use self::records::StateMark;
pub(crate) use self::records::{
    BundleRecord, DeployedKey, DeploymentRecord, LatestUpdate, Stages, Task, TaskId, UpdateRecord,
};
#[cfg(feature = "sqlite")]
pub(crate) use self::repository::{GUARDS, Stored, decode, overwrite};
pub(crate) use self::repository::{
    Record, RecordCommit, Repository, VersionedRecord, references_to,
};
