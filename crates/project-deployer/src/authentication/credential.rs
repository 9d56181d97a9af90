//! What a principal was authenticated with: documents of the store. A principal that lasts longer than one request, as
//! that of a stream of events, ends when one of them changes.

use project_deployer_client::DeployerError;
use project_deployer_store::{DocumentKey, Expected, Revision};

use super::Principal;
use crate::deployer::Deployer;
use crate::feed::ChangeBatch;
use crate::session::DeployerSession;
use crate::state::{AsRead, unavailable};

/// A document that a principal depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    key: DocumentKey,
    state: State,
}

/// What the document has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is one.
    Exists,
    /// It has this revision, or there is none.
    Is(Option<Revision>),
}

impl Credential {
    /// A document that must not change.
    pub(crate) fn unchanged(found: &impl AsRead) -> Self {
        let revision = match found.expected() {
            Expected::Revision(revision) => Some(revision),
            Expected::Absent | Expected::Any => None,
        };
        Self { key: found.key(), state: State::Is(revision) }
    }

    /// A document that must not appear.
    pub(crate) fn absent(key: DocumentKey) -> Self {
        Self { key, state: State::Is(None) }
    }

    /// A document that changes with every use, and must not be deleted.
    pub(crate) fn existing(found: &impl AsRead) -> Self {
        Self { key: found.key(), state: State::Exists }
    }

    fn holds(&self, revision: Option<Revision>) -> bool {
        match self.state {
            State::Exists => revision.is_some(),
            State::Is(known) => known == revision,
        }
    }
}

impl Deployer {
    /// Whether what a principal was authenticated with is still there: its API key, or its session and the password or
    /// key that opened it. A host checks its own callers itself.
    ///
    /// # Errors
    ///
    /// [`DeployerError::SessionEnded`] if it is not, or the store does not answer.
    pub async fn check_principal(&self, principal: &Principal) -> Result<(), DeployerError> {
        for credential in &*principal.credentials {
            let found = self.inner.repository.store.read(&credential.key).await;
            let revision = found.map_err(unavailable)?.map(|document| document.revision);
            if !credential.holds(revision) {
                return Err(DeployerError::SessionEnded);
            }
        }
        Ok(())
    }
}

impl DeployerSession {
    /// Whether changes later than a revision ended what the caller was authenticated with.
    #[must_use]
    pub fn is_ended_by(&self, batch: &ChangeBatch, after: Revision) -> bool {
        let later = batch.credentials.iter().filter(|change| change.revision > after);
        let mut ended = later.flat_map(|change| {
            let is_about = |credential: &&Credential| credential.key == change.key;
            let revision = (!change.deleted).then_some(change.revision);
            let known = self.principal().credentials.iter().filter(is_about);
            known.map(move |credential| credential.holds(revision))
        });
        ended.any(|holds| !holds)
    }
}
