//! The engine's documents in a store, and how they are read and written.

mod pages;
mod records;
mod repository;

pub(crate) use self::records::{
    BundleRecord, DeployedKey, DeploymentRecord, LatestUpdate, Stages, Task, TaskId, UpdateRecord,
};
pub(crate) use self::repository::{
    AsRead, GUARDS, Record, RecordCommit, Replaceable, Repository, Stored, VersionedRecord,
    decoded, references_to,
};
