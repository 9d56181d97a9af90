use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::Row;

use super::commit::{Columns, Sealed};
use super::error::{Cause, Failure, Kind};
use super::independent::Independent;
use super::pool::{Parameter, Pool, may_repeat, pause};
use super::reads::key_check;
use super::seals::{Seals, with_seals};
use crate::commit::Commit;
use crate::document::Revision;
use crate::error::StoreError;
use crate::stored::revision;

/// How many commits share a statement at most, and how many bytes of bodies.
const GROUP: usize = 128;
const GROUP_BYTES: usize = 4 << 20;

/// How many commits wait for the writer before their callers wait.
const WAITING: usize = 1024;

const WRITE: &str = "SELECT outcome, number FROM {schema}.write_commits_5(\
                     $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";

const WRITE_INDEPENDENT: &str = "SELECT {schema}.write_independent_commits_5(\
                                 $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// With the parameters and the answer of the statement before.
const WRITE_ONE: &str = "SELECT {schema}.write_one_commit_5(\
                         $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// The outcomes of `write_commits_5`. Any other one is a conflict.
const WRITTEN: i32 = 0;
const REPEATED: i32 = 1;
const BARRED: i32 = 2;
const LOST: i32 = 3;
const OTHER: i32 = 5;

/// The task of this process that writes commits. Commits that wait while another group is written share the next
/// statement, in the order in which they came. A caller that is dropped stops nothing.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Request>,
}

/// The outcome of one commit, and the number that belongs to it.
type Outcome = Result<(i32, i64), tokio_postgres::Error>;

#[derive(Debug)]
struct Request {
    commit: Sealed,
    /// How often the commit was asked for in vain, as far as is known.
    bars: i64,
    reply: oneshot::Sender<Result<Revision, StoreError>>,
}

/// The writing side.
struct Writing {
    pool: Pool,
    seals: Arc<Seals>,
    statement: String,
    statement_for_independent: String,
    statement_for_one: String,
    waiting: mpsc::Receiver<Request>,
    /// A request that did not fit into the last group.
    next: Option<Request>,
}

impl Writer {
    /// Starts the task. It ends with the last clone of this.
    pub(super) fn start(pool: Pool, seals: Arc<Seals>) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let mut writing = Writing {
            statement: pool.sql(WRITE),
            statement_for_independent: pool.sql(WRITE_INDEPENDENT),
            statement_for_one: pool.sql(WRITE_ONE),
            pool,
            seals,
            waiting,
            next: None,
        };
        tokio::spawn(async move {
            while let Some(group) = writing.group().await {
                writing.write(group).await;
            }
        });
        Self { queue }
    }

    /// A writer that has stopped, for a state that can only be read.
    pub(super) fn stopped() -> Self {
        Self { queue: mpsc::channel(1).0 }
    }

    pub(super) async fn commit(
        &self,
        commit: Commit,
        seals: &Seals,
    ) -> Result<Revision, StoreError> {
        let id = commit.id;
        let commit = Sealed::new(commit, seals)?;
        let (reply, answer) = oneshot::channel();
        let stopped = "its writer has stopped";
        let sent = self.queue.send(Request { commit, bars: 0, reply }).await;
        sent.map_err(|_| StoreError::unavailable("commit", stopped))?;
        let lost = |_| Err(StoreError::Unknown { commit: id, source: stopped.into() });
        answer.await.unwrap_or_else(lost)
    }
}

impl Writing {
    /// The requests that wait; none when nobody can send any more.
    async fn group(&mut self) -> Option<Vec<Request>> {
        let first = match self.next.take() {
            Some(next) => next,
            None => self.waiting.recv().await?,
        };
        let mut bytes = first.commit.bytes;
        let mut group = vec![first];
        while group.len() < GROUP
            && let Ok(next) = self.waiting.try_recv()
        {
            bytes = bytes.saturating_add(next.commit.bytes);
            if bytes > GROUP_BYTES {
                self.next = Some(next);
                break;
            }
            group.push(next);
        }
        Some(group)
    }

    /// Writes a group, and answers every request of it.
    async fn write(&self, mut group: Vec<Request>) {
        let mut repeats = 0;
        while !group.is_empty() {
            let answer = self.send(&group).await;
            match answer {
                Ok(outcomes) => group = answered(group, outcomes),
                Err(failure) if failure.kind == Kind::Again && may_repeat(repeats) => {
                    repeats += 1;
                    pause(repeats).await;
                }
                Err(failure) if failure.kind == Kind::OtherKey && may_repeat(repeats) => {
                    repeats += 1;
                    group = self.sealed_again(group).await;
                }
                // Something about one of them may be the reason, and has to spoil no other.
                Err(failure) if failure.kind.may_be_of_one() && group.len() > 1 => {
                    for request in group {
                        Box::pin(self.write(vec![request])).await;
                    }
                    return;
                }
                Err(failure) => {
                    for request in group {
                        let error = failure.clone().of_commit(request.commit.id);
                        request.answer(Err(error));
                    }
                    return;
                }
            }
        }
    }

    /// Seals the secrets of a group with the key that the store has now, and answers those whose secrets this process
    /// cannot seal.
    async fn sealed_again(&self, group: Vec<Request>) -> Vec<Request> {
        let check = match key_check(&self.pool).await {
            Ok(check) => check,
            Err(error) => {
                for request in group {
                    request.answer(Err(StoreError::unavailable("commit", error.to_string())));
                }
                return Vec::new();
            }
        };
        let mut left = Vec::new();
        for mut request in group {
            let check = check.clone();
            let sealing = with_seals("commit", &self.seals, move |seals| {
                let sealed = request.commit.seal(seals, &check).map(|()| seals.learn(check));
                Ok((request, sealed))
            });
            // A request is lost only if this process stops: then its caller is answered so.
            let Ok((request, sealed)) = sealing.await else { continue };
            match sealed {
                Ok(()) => left.push(request),
                Err(error) => request.answer(Err(error)),
            }
        }
        left
    }

    /// What became of each commit.
    async fn send(&self, group: &[Request]) -> Result<Vec<Outcome>, Failure> {
        if let Some(written) = self.send_independent(group).await? {
            return Ok(written);
        }
        let mut columns = Columns::default();
        for request in group {
            columns.push(&request.commit, request.bars);
        }
        let rows = self.rows(&self.statement, &columns.parameters()).await?;
        Ok(rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect())
    }

    /// Writes one commit, or a group by statements over sets; none if it cannot be written so, and then nothing was written.
    async fn send_independent(&self, group: &[Request]) -> Result<Option<Vec<Outcome>>, Failure> {
        if group.iter().any(|request| request.bars != 0) {
            return Ok(None);
        }
        let commits: Vec<_> = group.iter().map(|request| &request.commit).collect();
        let Some(independent) = Independent::of(&commits) else { return Ok(None) };
        let is_one = group.len() == 1;
        let statement =
            if is_one { &self.statement_for_one } else { &self.statement_for_independent };
        let rows = self.rows(statement, &independent.parameters()).await?;
        let before: Option<Option<i64>> = rows.first().and_then(|row| row.try_get(0).ok());
        let written = |before: i64| {
            (before + 1..).take(group.len()).map(|number| Ok((WRITTEN, number))).collect()
        };
        match before {
            Some(before) => Ok(before.map(written)),
            // An answer without a row: what became of them is not known.
            None => Ok(Some(Vec::new())),
        }
    }

    async fn rows(
        &self,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Failure> {
        let connection = self.pool.connection().await;
        let connection = connection.map_err(|error| Failure::of_pool(&error))?;
        self.pool.send(connection, statement, parameters).await
    }
}

/// Answers those whose outcome is known, and returns the others.
fn answered(group: Vec<Request>, outcomes: Vec<Outcome>) -> Vec<Request> {
    let mut again = Vec::new();
    let mut outcomes = outcomes.into_iter();
    for mut request in group {
        match outcomes.next().transpose() {
            // Somebody was answered that it is not there. This call still lasts, so it may be.
            Ok(Some((BARRED, bars))) => {
                request.bars = bars;
                again.push(request);
            }
            Ok(Some((outcome, number))) => {
                let result = result(&request.commit, outcome, number);
                request.answer(result);
            }
            other => {
                let cause = other.err().map(|error| Cause::of(&error));
                let source = cause.map_or_else(|| "its answer is too short".into(), Into::into);
                let commit = request.commit.id;
                request.answer(Err(StoreError::Unknown { commit, source }));
            }
        }
    }
    again
}

/// What became of one commit.
fn result(commit: &Sealed, outcome: i32, number: i64) -> Result<Revision, StoreError> {
    match outcome {
        WRITTEN | REPEATED => Ok(revision(number)),
        LOST => {
            let name = commit.fence.as_ref().map(|lease| lease.name.clone());
            Err(StoreError::LeaseLost { name: name.unwrap_or_default() })
        }
        OTHER => Err(commit.id.has_another_content()),
        _ => {
            let key = usize::try_from(number).ok().and_then(|index| commit.keys.get(index));
            Err(key.map_or_else(
                || StoreError::unavailable("commit", "it gave an answer without a meaning"),
                |key| StoreError::Conflict(key.clone()),
            ))
        }
    }
}

impl Request {
    /// The caller may have gone.
    fn answer(self, result: Result<Revision, StoreError>) {
        let _ = self.reply.send(result);
    }
}
