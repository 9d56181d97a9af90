//! The engine's documents in a store, and how they are read and written.

mod records;
mod repository;

pub(crate) use self::records::{
    BundleList, DeployedKey, DeploymentRecord, Job, Stages, UpdateHistory, UpdateRecord,
};
pub(crate) use self::repository::{
    Record, RecordCommit, Repository, VersionedRecord, references_to,
};
