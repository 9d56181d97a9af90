//! The store that all processes share, and how one process reaches it: answers that are lost, commits that arrive
//! twice, failures before anything was written.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use project_deployer_store::{
    Changes, Commit, CommitId, Document, DocumentKey, JournalEntry, JournalStream, Lease,
    ListedDocument, Listing, Revision, Store, StoreError, StoreStatus,
};
use tokio::time::sleep;

use super::checks::Watch;
use super::journal::{Chronicle, ProcessTime};
use crate::in_step::{Shared, now};

/// How long a store takes at most, in milliseconds.
const ANSWER: u64 = 60;

/// The store as one process reaches it.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) shared: Shared,
    pub(super) watch: Watch,
    pub(super) chronicle: Chronicle,
    pub(super) process: String,
    pub(super) time: ProcessTime,
    pub(super) random: Arc<Mutex<fastrand::Rng>>,
}

/// What becomes of a call to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    NotDone,
    AnswerLost,
    /// Nobody knows, and it was not done.
    Unknown,
    Doubled,
}

impl View {
    fn draw<T>(&self, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn fate(&self) -> Fate {
        if self.shared.heals.load(Ordering::SeqCst) {
            return Fate::Answered;
        }
        match self.draw(|random| random.u32(..200)) {
            0..=3 => Fate::NotDone,
            4..=6 => Fate::AnswerLost,
            7..=8 => Fate::Unknown,
            9..=12 => Fate::Doubled,
            _ => Fate::Answered,
        }
    }

    async fn takes_time(&self) {
        let takes = self.draw(|random| random.u64(1..ANSWER));
        sleep(Duration::from_millis(takes)).await;
    }

    /// A call other than a commit: it cannot fail in an unknown way.
    async fn call<T>(
        &self,
        action: &str,
        call: impl Fn() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let fate = self.fate();
        if fate != Fate::Answered {
            let process = &self.process;
            self.chronicle.note(self.time.now(), format_args!("{process} {action}: {fate:?}"));
        }
        let failed = || Err(StoreError::unavailable(action, "the test says so"));
        let answer = match fate {
            Fate::Answered => call(),
            // Its answer is that of the second: a lease is held by its own first call then.
            Fate::Doubled => call().and_then(|_| call()),
            Fate::NotDone | Fate::Unknown => failed(),
            Fate::AnswerLost => call().and_then(|_| failed()),
        };
        self.takes_time().await;
        answer
    }

    fn written(&self, commit: &Commit) -> Result<Revision, StoreError> {
        let written = now(self.shared.inner.commit(commit.clone()));
        let word = match &written {
            Ok(revision) => format!("revision {revision}"),
            Err(error) => error.to_string(),
        };
        let (at, process) = (self.time.now(), &self.process);
        self.chronicle.note(at, format_args!("{process} commits {}: {word}", describe(commit)));
        self.watch.committed(at, &self.shared, commit);
        written
    }
}

/// What a commit writes, without ids that chance chooses.
fn describe(commit: &Commit) -> String {
    let writes = commit.writes.iter().map(|write| {
        let (key, _) = write.expectation();
        // Ids with a random part.
        let random = ["task", "history", "deployment-history"];
        let id = if random.contains(&key.collection.name()) { "…" } else { &*key.id };
        format!("{}/{id}", key.collection.name())
    });
    let entries = commit.entries.iter().map(|(_, entry)| {
        let step = entry["step"].as_str().unwrap_or_default();
        format!("{} {step}", entry["event"].as_str().unwrap_or_default())
    });
    writes.chain(entries).collect::<Vec<_>>().join(", ")
}

#[async_trait]
impl Store for View {
    /// Who runs is no matter of these tests, and a process that is killed would leave it to chance.
    fn lasts(&self) -> bool {
        false
    }

    async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        self.call("read", || now(self.shared.inner.read(key))).await
    }

    async fn list(&self, listing: &Listing) -> Result<Vec<ListedDocument>, StoreError> {
        self.call("list", || now(self.shared.inner.list(listing))).await
    }

    async fn commit(&self, commit: Commit) -> Result<Revision, StoreError> {
        let (fate, id) = (self.fate(), commit.id);
        if fate != Fate::Answered {
            let process = &self.process;
            self.chronicle.note(self.time.now(), format_args!("{process} commit: {fate:?}"));
        }
        let unknown = || StoreError::Unknown { commit: id, source: "the test says so".into() };
        let answer = match fate {
            Fate::Answered => self.written(&commit),
            Fate::Doubled => self.written(&commit).and_then(|_| self.written(&commit)),
            Fate::NotDone => Err(StoreError::unavailable("commit", "the test says so")),
            Fate::Unknown => Err(unknown()),
            Fate::AnswerLost => self.written(&commit).and_then(|_| Err(unknown())),
        };
        self.takes_time().await;
        answer
    }

    async fn committed(&self, id: CommitId) -> Result<Option<Revision>, StoreError> {
        self.call("look for a commit", || now(self.shared.inner.committed(id))).await
    }

    async fn changes(&self, after: Revision, limit: usize) -> Result<Changes, StoreError> {
        self.call("read changes", || now(self.shared.inner.changes(after, limit))).await
    }

    async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        self.call("read a journal", || now(self.shared.inner.journal(stream, after, limit))).await
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: &str,
        time: Duration,
    ) -> Result<Lease, StoreError> {
        let take = || {
            let taken = self.shared.take(name, holder, self.time.now(), time);
            let word = if taken.is_ok() { "takes" } else { "does not get" };
            let process = &self.process;
            self.chronicle.note(self.time.now(), format_args!("{process} {word} {name}"));
            taken
        };
        self.call("take a lease", take).await
    }

    async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
        self.call("renew a lease", || self.shared.renew(lease, self.time.now(), time)).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let release = || {
            let (at, process, name) = (self.time.now(), &self.process, &lease.name);
            self.chronicle.note(at, format_args!("{process} releases {name}"));
            self.shared.release(lease)
        };
        self.call("release a lease", release).await
    }

    async fn compact(&self, until: Revision) -> Result<(), StoreError> {
        self.call("compact", || now(self.shared.inner.compact(until))).await
    }

    async fn status(&self) -> Result<StoreStatus, StoreError> {
        self.call("report its status", || now(self.shared.inner.status())).await
    }
}
