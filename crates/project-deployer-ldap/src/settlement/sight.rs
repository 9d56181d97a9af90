//! Whether the reader sees what could block an account.

use project_deployer_core::Timestamp;

use crate::account_state::AccountState;
use crate::directory::Directory;
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::login_check::AccountSchema;
use crate::snapshot::DirectorySnapshot;

/// What the server keeps of the state of an account.
pub(super) struct Sight(AccountSchema);

impl Sight {
    /// From a listing, if it shows the schema of the server, or else from the server itself.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub(super) async fn of(
        directory: &dyn Directory,
        snapshot: Option<&DirectorySnapshot>,
    ) -> Fetched<Self> {
        let known = snapshot.map(DirectorySnapshot::schema).filter(|schema| schema.is_known());
        Ok(Self(match known {
            Some(schema) => AccountSchema::of(schema),
            None => AccountSchema::read(directory).await.map_err(|error| Reason::of(&error))?,
        }))
    }

    /// Takes what is not shown for absent.
    pub(super) fn everything() -> Self {
        Self(AccountSchema::Whole)
    }

    /// The state of an account at a time.
    pub(super) async fn state(
        &self,
        directory: &dyn Directory,
        entry: &Entry,
        now: Timestamp,
    ) -> AccountState {
        self.0.state(directory, entry, now).await
    }
}
