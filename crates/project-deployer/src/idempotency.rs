//! Requests that are sent again: the store keeps their answers, so that every process repeats the answer instead of
//! the work.

use std::fmt;

use project_deployer_client::DeployerError;
use project_deployer_core::{Login, Timestamp};
use project_deployer_store::{Commit, Expected, Listing};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::authentication::digits;
use crate::deployer::Deployer;
use crate::state::{
    Found, IdempotencyRecord, KeptAnswer, Record as _, RecordCommit as _, VersionedRecord, read,
    unavailable,
};

/// How long an answer is kept, in milliseconds.
const KEPT: u64 = 24 * 3600 * 1000;

/// How many other records a new one looks at, to remove the old ones.
const SWEPT: usize = 20;

/// An answer that is kept for a day. `Debug` leaves out the body.
#[derive(Clone)]
#[non_exhaustive]
pub struct RepeatedAnswer {
    /// The status.
    pub status: u16,
    /// The headers that count.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: SecretString,
}

impl RepeatedAnswer {
    /// An answer.
    #[must_use]
    pub fn new(status: u16, headers: Vec<(String, String)>, body: SecretString) -> Self {
        Self { status, headers, body }
    }
}

/// What is known of a request when it arrives.
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestOnce {
    /// It is new. Finish it with its answer.
    New(OnceToken),
    /// It was answered before.
    Answered(RepeatedAnswer),
    /// It still runs, or its process died while it ran.
    Running,
    /// Another request had this key.
    OtherRequest,
}

/// A request that runs under an idempotency key.
#[derive(Debug)]
#[must_use = "the key stays in use for a day unless the request is finished"]
pub struct OnceToken {
    deployer: Deployer,
    record: VersionedRecord<IdempotencyRecord>,
}

impl Deployer {
    /// Begins a request of a caller under a key that the caller chose. The fingerprint says what is asked.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn once(
        &self,
        caller: &Login,
        key: &str,
        fingerprint: &str,
    ) -> Result<RequestOnce, DeployerError> {
        let id = id_of(caller, key);
        let new = IdempotencyRecord {
            id: id.clone(),
            fingerprint: fingerprint.to_owned(),
            at: self.now(),
            answer: None,
        };
        let repository = &self.inner.repository;
        let commit = match repository.find_readable::<IdempotencyRecord>(&id).await? {
            Found::Readable(found) if !found.value.is_old(self.now()) => {
                return Ok(known(found.value, fingerprint));
            }
            Found::Readable(old) => Commit::new().replace(&old, &new)?,
            Found::Absent => Commit::new().create(&new)?,
            Found::Unreadable { error, .. } => return Err(error),
        };
        match repository.commit_unaudited_at(commit).await {
            Ok(revision) => {
                self.sweep_answers(id).await;
                let record = VersionedRecord::read(new, revision);
                Ok(RequestOnce::New(OnceToken { deployer: self.clone(), record }))
            }
            // The same request arrived twice at the same time.
            Err(DeployerError::ChangedMeanwhile(_)) => Ok(RequestOnce::Running),
            Err(error) => Err(error),
        }
    }

    /// Removes a few old records. Ids are random, so those after a new one are a sample.
    async fn sweep_answers(&self, after: String) {
        let store = &self.inner.repository.store;
        let listing = Listing::of(IdempotencyRecord::KIND, SWEPT).after(after);
        let page = store.list(&listing).await.unwrap_or_default();
        let mut commit = Commit::new();
        for document in page {
            let key = IdempotencyRecord::KIND.key(&document.id);
            let expected = Expected::Revision(document.revision);
            let Ok(record) = read::<IdempotencyRecord>(document) else { continue };
            if record.is_old(self.now()) {
                commit = commit.delete(key, expected);
            }
        }
        if !commit.writes.is_empty()
            && let Err(error) = store.commit(commit).await.map_err(unavailable)
        {
            tracing::debug!(%error, "old idempotency keys could not be removed");
        }
    }
}

impl OnceToken {
    /// Keeps the answer of the request.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn answered(self, answer: RepeatedAnswer) -> Result<(), DeployerError> {
        let RepeatedAnswer { status, headers, body } = answer;
        let kept = IdempotencyRecord {
            answer: Some(KeptAnswer { status, headers, body }),
            ..self.record.value.clone()
        };
        let commit = Commit::new().replace(&self.record, &kept)?;
        self.deployer.inner.repository.commit_unaudited(commit).await
    }

    /// Forgets the request: it was refused, and may be sent again.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn refused(self) -> Result<(), DeployerError> {
        self.deployer.inner.repository.commit_unaudited(Commit::new().remove(&self.record)).await
    }
}

fn known(record: IdempotencyRecord, fingerprint: &str) -> RequestOnce {
    match record.answer {
        _ if record.fingerprint != fingerprint => RequestOnce::OtherRequest,
        None => RequestOnce::Running,
        Some(KeptAnswer { status, headers, body }) => {
            RequestOnce::Answered(RepeatedAnswer { status, headers, body })
        }
    }
}

impl IdempotencyRecord {
    fn is_old(&self, now: Timestamp) -> bool {
        now.millis_since(self.at) >= KEPT
    }
}

/// The id of a record: callers share no keys.
fn id_of(caller: &Login, key: &str) -> String {
    let digest = Sha256::new().chain_update(caller.as_str()).chain_update([0]).chain_update(key);
    digits(&digest.finalize())
}

impl fmt::Debug for RepeatedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RepeatedAnswer")
            .field("status", &self.status)
            .field("length", &self.body.expose_secret().len())
            .finish_non_exhaustive()
    }
}
