//! The engine's documents in a store, and how they are read and written.

mod pages;
mod raw;
mod records;
mod repository;
mod unreadable;

pub(crate) use self::records::{
    BundleRecord, DeletedDeployment, DeployedKey, DeployedProject, DeploymentRecord, EndOfUpdate,
    LatestUpdate, Stages, Task, TaskId, UpdateRecord,
};
pub(crate) use self::repository::{
    Record, RecordCommit, Repository, VersionedRecord, references_to, unavailable,
};
pub(crate) use self::unreadable::typed;
