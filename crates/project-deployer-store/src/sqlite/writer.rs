mod group;

use std::io;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

pub(super) use self::group::Group;
use self::group::{Failure, write_group};
use super::error::{Kind, failed};
use crate::commit::CommitId;
use crate::document::Revision;
use crate::error::StoreError;

/// How many writes share a transaction at most.
const GROUP: usize = 128;

/// How many writes wait for the writer before their callers wait.
const WAITING: usize = 1024;

/// The only connection of this process that writes, on a thread of its own. Writes that wait while another
/// transaction is written share the next one, in the order in which they came.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Write>>,
    /// Whether there was never a thread.
    is_stopped: bool,
}

/// A write that waits.
trait Write: Send {
    /// Writes within the transaction, and reports whether this may stay. It is called again if the transaction is
    /// written again.
    fn write(&mut self, group: &Group<'_>) -> bool;

    /// Why it ended the transaction.
    fn failure(&self) -> Failure;

    /// Answers the caller after the end of the transaction; with the error of the transaction, if it failed.
    /// If the caller has gone, it returns what undoes the write, where it has to be undone.
    fn answer(self: Box<Self>, failure: Option<&Failure>) -> Option<Box<dyn Write>>;
}

/// Undoes a write.
type Undo<T> = fn(&Connection, &T) -> Result<(), StoreError>;

struct Request<T, F> {
    action: &'static str,
    /// Set for a commit, which has an id to ask for.
    commit: Option<CommitId>,
    /// Set for a write that must not stay if its caller has gone.
    undo: Option<Undo<T>>,
    work: F,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl Writer {
    pub(super) fn start(file: Connection) -> io::Result<Self> {
        let (queue, mut waiting) = mpsc::channel::<Box<dyn Write>>(WAITING);
        let run = move || {
            let mut undone: Vec<Box<dyn Write>> = Vec::new();
            loop {
                let mut group = std::mem::take(&mut undone);
                if group.is_empty() {
                    let Some(first) = waiting.blocking_recv() else { return };
                    group.push(first);
                }
                while group.len() < GROUP
                    && let Ok(next) = waiting.try_recv()
                {
                    group.push(next);
                }
                let failure = write_group(&file, &mut group).err();
                undone.extend(group.into_iter().filter_map(|it| it.answer(failure.as_ref())));
            }
        };
        std::thread::Builder::new().name("sqlite-writer".to_owned()).spawn(run)?;
        Ok(Self { queue, is_stopped: false })
    }

    /// A writer that has stopped, for a state that can only be read.
    pub(super) fn stopped() -> Self {
        let (queue, _) = mpsc::channel(1);
        Self { queue, is_stopped: true }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.request(action, None, None, alone(action, work)).await
    }

    /// A write whose end may stay unknown.
    pub(super) async fn commit(
        &self,
        id: CommitId,
        work: impl Fn(&Group<'_>) -> Result<Revision, StoreError> + Send + 'static,
    ) -> Result<Revision, StoreError> {
        self.request("commit", Some(id), None, work).await
    }

    /// A write that is undone, or not done at all, if this call is dropped before it returns.
    pub(super) async fn write_or_undo<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
        undo: Undo<T>,
    ) -> Result<T, StoreError> {
        self.request(action, None, Some(undo), alone(action, work)).await
    }

    async fn request<T: Send + 'static>(
        &self,
        action: &'static str,
        commit: Option<CommitId>,
        undo: Option<Undo<T>>,
        work: impl Fn(&Group<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let mut answer = Answer { action, undo, answer, queue: self.queue.clone() };
        let request = Request { action, commit, undo, work, result: None, reply };
        let sent = self.queue.send(Box::new(request)).await;
        sent.map_err(|_| StoreError::unavailable(action, "its writer has stopped"))?;
        (&mut answer.answer).await.unwrap_or_else(|_| {
            let cause = "its writer has stopped".to_owned();
            let failure = Failure { kind: Kind::Unavailable, cause, is_unknown: true };
            Err(failure.error(action, commit))
        })
    }
}

/// The answer that a caller waits for. If the caller goes away when the answer is already on its way, the write is
/// undone.
struct Answer<T: Send + 'static> {
    action: &'static str,
    undo: Option<Undo<T>>,
    answer: oneshot::Receiver<Result<T, StoreError>>,
    queue: mpsc::Sender<Box<dyn Write>>,
}

impl<T: Send + 'static> Drop for Answer<T> {
    fn drop(&mut self) {
        self.answer.close();
        let Some(undo) = self.undo else { return };
        // An answer that was read is gone from here.
        let Ok(Ok(written)) = self.answer.try_recv() else { return };
        let request = undoing(self.action, undo, written);
        // If this many others wait, the write expires by itself, as it does when the process dies.
        let _ = self.queue.try_send(request);
    }
}

fn undoing<T: Send + 'static>(action: &'static str, undo: Undo<T>, written: T) -> Box<dyn Write> {
    let (reply, _) = oneshot::channel();
    let work = alone(action, move |file| undo(file, &written));
    Box::new(Request { action, commit: None, undo: None, work, result: None, reply })
}

/// Work that is no commit.
fn alone<T>(
    action: &'static str,
    work: impl Fn(&Connection) -> Result<T, StoreError>,
) -> impl Fn(&Group<'_>) -> Result<T, StoreError> {
    move |group| work(group.file().map_err(|error| failed(action, error))?)
}

impl<T, F> Write for Request<T, F>
where
    T: Send + 'static,
    F: Fn(&Group<'_>) -> Result<T, StoreError> + Send,
{
    fn write(&mut self, group: &Group<'_>) -> bool {
        if self.undo.is_some() && self.reply.is_closed() {
            return false;
        }
        let result = (self.work)(group);
        self.result.insert(result).is_ok()
    }

    fn failure(&self) -> Failure {
        let error = self.result.as_ref().and_then(|result| result.as_ref().err());
        let kind = error.map_or(Kind::Unavailable, Kind::of_store);
        let cause = error.and_then(std::error::Error::source).map(ToString::to_string);
        let cause = cause.unwrap_or_else(|| "the transaction was rolled back".to_owned());
        Failure { kind, cause, is_unknown: false }
    }

    fn answer(self: Box<Self>, failure: Option<&Failure>) -> Option<Box<dyn Write>> {
        let result = match (self.result, failure) {
            // A refusal may rest on a write of the group that failed with it.
            (Some(Err(_)), Some(failure)) => {
                Err(failure.kind.error(self.action, failure.cause.clone().into()))
            }
            (_, Some(failure)) => Err(failure.error(self.action, self.commit)),
            (Some(written), None) => written,
            (None, None) => Err(failed(self.action, rusqlite::Error::InvalidQuery)),
        };
        match (self.reply.send(result), self.undo) {
            (Err(Ok(written)), Some(undo)) => Some(undoing(self.action, undo, written)),
            _ => None,
        }
    }
}
