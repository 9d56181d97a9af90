//! The engine's documents in a store, and how they are read and written.

mod pages;
mod records;
mod repository;
mod unreadable;

pub(crate) use self::pages::{Below, read};
#[cfg(feature = "sqlite")]
pub(crate) use self::records::StateMark;
pub(crate) use self::records::{
    AddToHistory, ApiKeyRecord, BrowserSessionRecord, BundleRecord, CollectionRecord,
    DeletedDeployment, DeployedKey, DeployedProject, DeploymentRecord, EndOfUpdate, GUARD_NOUN,
    HistoryListing, HistoryRecord, IdempotencyRecord, KeptAnswer, LatestUpdate, OpenedBy,
    PasswordRecord, ScheduleRecord, Stages, StoredRights, Task, TaskId, UpdateOrigin, UpdateRecord,
};
pub use self::records::{CancelRequest, DeploymentUid, HistoryId, ScheduleOutcome};
#[cfg(feature = "sqlite")]
pub(crate) use self::repository::decode;
pub(crate) use self::repository::{
    AsRead, Found, GUARDS, Record, RecordCommit, Replaceable, Repository, Stored, VersionedRecord,
    as_written, decoded, references_to, unavailable,
};
pub(crate) use self::unreadable::typed;
