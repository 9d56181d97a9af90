//! The engine's documents in a store, and how they are read and written.

mod pages;
mod records;
mod repository;
mod unreadable;

pub(crate) use self::pages::read;
pub(crate) use self::records::{
    BundleRecord, CollectionRecord, DeletedDeployment, DeployedKey, DeployedProject,
    DeploymentRecord, EndOfUpdate, LatestUpdate, Stages, Task, TaskId, UpdateRecord,
};
pub(crate) use self::repository::{
    AsRead, GUARDS, Record, RecordCommit, Replaceable, Repository, Stored, VersionedRecord,
    decoded, references_to, unavailable,
};
pub(crate) use self::unreadable::typed;
