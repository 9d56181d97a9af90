//! What an administrator does with the whole state of a Deployer: count, check, copy, move, compact, and change
//! its key. The command `deployer state` shows these results.
//!
//! Everything is written over the traits [`Maintenance`] and [`BundleArchive`], so it works on every store.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use project_deployer::state_admin::{Archives, Progress, StatePlace, backup, verify};
//!
//! # let directory = tempfile::tempdir()?;
//! let place = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
//! let state = StatePlace::at(place("deployer.db")).create().await?;
//! backup(&state, &StatePlace::at(place("backup.db")), Archives::Copy, Progress::silent()).await?;
//! let report = verify(&state, Progress::silent()).await?;
//! assert!(report.faults.is_empty());
//! # Ok(())
//! # }
//! ```

mod alone;
mod archives;
mod audit;
mod compact;
mod error;
mod fill;
mod history;
mod marks;
mod place;
mod progress;
mod recorded;
mod rotate;
mod status;
mod synchronize;
mod transfer;
mod updates;
mod verify;

use std::sync::Arc;

use project_deployer_store::{BundleArchive, KeySource, Maintenance};

pub use self::audit::{export_audit, list_audit, verify_audit};
pub use self::compact::{Compacted, compact};
pub use self::error::StateError;
pub use self::fill::Copied;
pub use self::history::{HistoryDetails, HistoryStep, history_details, list_history};
pub use self::place::StatePlace;
pub use self::progress::Progress;
pub use self::rotate::{Rotation, forget_key, rotate_key};
pub use self::status::{ArchiveCount, KeyUse, StateStatus, status};
pub use self::transfer::{Archives, backup, move_state, restore};
pub use self::verify::{Fault, FaultKind, Verification, verify};

pub(crate) use self::marks::refuse_unusable;

/// A store and its bundle archives, opened for an administrator. No Deployer runs on it because of this.
#[derive(Debug, Clone)]
pub struct State {
    pub(crate) store: Arc<dyn Maintenance>,
    pub(crate) archive: Arc<dyn BundleArchive>,
    /// What messages call the store.
    pub(crate) name: String,
    /// What messages call the archives.
    pub(crate) archives: String,
    pub(crate) keys: Option<KeySource>,
    /// Who works on it.
    pub(crate) actor: Option<String>,
}

impl State {
    /// A store and an archive of the host. `name` is what messages call it.
    #[must_use]
    pub fn of(
        store: impl Maintenance,
        archive: impl BundleArchive,
        name: impl Into<String>,
    ) -> Self {
        let name = name.into();
        Self {
            store: Arc::new(store),
            archive: Arc::new(archive),
            archives: format!("the archives of {name}"),
            name,
            keys: None,
            actor: None,
        }
    }

    /// Names who works on it, for the records of the audit: a move, a restore and a change of the key have one each.
    #[must_use]
    pub fn acting_as(self, actor: impl Into<String>) -> Self {
        Self { actor: Some(actor.into()), ..self }
    }

    /// Names where the keys of the store come from, so that they can be changed.
    #[must_use]
    pub fn with_keys(self, keys: KeySource) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// The URL, or the name that the host gave it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One state of the store that stays the same, or the store itself where there are no snapshots.
    pub(crate) async fn view(&self) -> Result<Arc<dyn Maintenance>, StateError> {
        let snapshot = self.store.snapshot().await?;
        Ok(snapshot.unwrap_or_else(|| Arc::clone(&self.store)))
    }
}
