//! Whether the reader sees what could block an account.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use project_deployer_core::Timestamp;

use crate::account_state::AccountState;
use crate::attribute::AttributeName;
use crate::directory::{Directory, Nature};
use crate::entry::Entry;
use crate::fetched::{Fetched, Reason};
use crate::login_check::AccountSchema;
use crate::snapshot::DirectorySnapshot;
use crate::supplier::LdapUrl;

/// What the server keeps of the state of an account, and what was proven about it.
pub(super) struct Sight {
    schema: AccountSchema,
    /// The containers in which the reader would see these attributes.
    seen: Mutex<HashSet<(String, Vec<AttributeName>)>>,
}

impl Sight {
    /// From a listing, if it shows the schema of the server, or else from the server itself.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub(super) async fn of(
        directory: &dyn Directory,
        url: &LdapUrl,
        snapshot: Option<&DirectorySnapshot>,
    ) -> Fetched<Self> {
        if directory.nature() == Nature::Memory {
            return Ok(Self::everything());
        }
        let known = snapshot.map(DirectorySnapshot::schema).filter(|schema| schema.is_known());
        Ok(Self::new(match known {
            Some(schema) => AccountSchema::of(schema, url),
            None => {
                AccountSchema::read(directory, url).await.map_err(|error| Reason::of(&error))?
            }
        }))
    }

    /// Takes what is not shown for absent.
    pub(super) fn everything() -> Self {
        Self::new(AccountSchema::Whole)
    }

    fn new(schema: AccountSchema) -> Self {
        Self { schema, seen: Mutex::default() }
    }

    /// The state of an account at a time; unknown where the reader may not see what could block it. One search
    /// for each container is enough, unless this account matters.
    pub(super) async fn state(
        &self,
        directory: &dyn Directory,
        (entry, matters): (&Entry, bool),
        now: Timestamp,
    ) -> AccountState {
        let state = AccountState::of(entry, now);
        if state != AccountState::Active {
            return state;
        }
        let absent = self.schema.to_prove(entry);
        let known = (container(entry), absent);
        if !matters && !known.1.is_empty() && self.seen().contains(&known) {
            return AccountState::Active;
        }
        match self.schema.check_readable(directory, entry).await {
            Ok(()) => {
                self.seen().insert(known);
                AccountState::Active
            }
            Err(reason) => AccountState::Unknown(reason),
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashSet<(String, Vec<AttributeName>)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of the entry above.
fn container(entry: &Entry) -> String {
    entry.dn.parent().map(|above| above.normal().to_owned()).unwrap_or_default()
}
