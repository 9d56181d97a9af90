//! The engine's documents in a store, and how they are read and written.

mod pages;
mod records;
mod repository;

pub(crate) use self::pages::read;
pub(crate) use self::records::{
    BundleRecord, CollectionRecord, DeployedKey, DeploymentRecord, LatestUpdate, Stages, Task,
    TaskId, UpdateRecord,
};
pub(crate) use self::repository::{
    Record, RecordCommit, Repository, VersionedRecord, references_to, unavailable,
};
