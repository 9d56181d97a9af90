//! Many searches at the same time over few connections, several on each (RFC 4511, 3.1).
//!
//! Only plain answers are taken from here: a success with whole entries, each once. A search that ends in any
//! other way is asked again on a connection of its own, which knows about referrals, ranges and errors. So there
//! is one place that judges unusual answers.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use super::Server;
use crate::attribute::AttributeName;
use crate::directory::{DirectoryError, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Filter;
use link::Link;

mod link;
mod pending;
mod request;

/// How many connections there are.
const CONNECTIONS: usize = 8;

/// How many searches wait for their answers on one connection. Directories end connections with more than a
/// hundred.
const DEPTH: usize = 16;

/// How many searches may wait on all connections at first. Each quick answer allows one more: a directory that
/// takes long for a search is not asked more at once.
const AT_FIRST: usize = 8;
const QUICK: Duration = Duration::from_millis(100);

/// How many searches are asked again at the same time.
const AGAIN: usize = 8;

/// The connections of one directory, opened when they are needed.
pub(super) struct Pipelines {
    slots: [Slot; CONNECTIONS],
    open: Semaphore,
    /// How many permits `open` has altogether.
    depth: AtomicUsize,
    again: Semaphore,
}

#[derive(Default)]
struct Slot {
    waiting: AtomicUsize,
    link: tokio::sync::Mutex<Known>,
}

/// The connection of a slot, or when and why there was none at last.
#[derive(Default)]
struct Known {
    link: Option<Link>,
    failure: Option<(Instant, Option<DirectoryError>)>,
}

/// The turn of a search: it counts as long as it waits for its answer.
pub(super) struct Waiting<'a> {
    slot: &'a Slot,
    _open: SemaphorePermit<'a>,
}

/// What a search asks for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) base: &'a Dn,
    pub(super) scope: Scope,
    pub(super) filter: &'a Filter,
    pub(super) attributes: &'a [AttributeName],
}

impl Default for Pipelines {
    fn default() -> Self {
        Self {
            slots: std::array::from_fn(|_| Slot::default()),
            open: Semaphore::new(AT_FIRST),
            depth: AtomicUsize::new(AT_FIRST),
            again: Semaphore::new(AGAIN),
        }
    }
}

impl Pipelines {
    /// The entries of a complete answer; none if the search has to be asked again.
    pub(super) async fn entries(
        &self,
        server: &Server,
        asked: Asked<'_>,
        waiting: &Waiting<'_>,
    ) -> Result<Option<Vec<Entry>>, DirectoryError> {
        let Some(link) = waiting.slot.link(server).await? else { return Ok(None) };
        let start = Instant::now();
        let mut answer = pin!(link.entries(asked));
        let operation = server.budgets.operation;
        loop {
            match timeout(operation, answer.as_mut()).await {
                Ok(answer) => {
                    self.note(start.elapsed());
                    return Ok(answer);
                }
                // Others are answered first.
                Err(_) if link.silence() < operation => {}
                // Perhaps only this connection is dead: a load balancer may have dropped it.
                Err(_) => {
                    waiting.slot.forget(&link).await;
                    return Ok(None);
                }
            }
        }
    }

    fn note(&self, time: Duration) {
        if time < QUICK && self.depth.load(Ordering::Relaxed) < CONNECTIONS * DEPTH {
            self.depth.fetch_add(1, Ordering::Relaxed);
            self.open.add_permits(1);
        }
    }

    /// Waits for a turn to ask again.
    pub(super) async fn again(&self) -> Option<SemaphorePermit<'_>> {
        self.again.acquire().await.ok()
    }

    /// Waits until a search may be sent, on the least used connection. It takes as long as the searches before need.
    pub(super) async fn turn(&self) -> Option<Waiting<'_>> {
        let open = self.open.acquire().await.ok()?;
        let slot = self.slots.iter().min_by_key(|slot| slot.waiting.load(Ordering::Relaxed))?;
        slot.waiting.fetch_add(1, Ordering::Relaxed);
        Some(Waiting { slot, _open: open })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.slot.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Slot {
    /// The open connection of this slot, or a new one. Whoever waited for an attempt shares its failure.
    async fn link(&self, server: &Server) -> Result<Option<Link>, DirectoryError> {
        let since = Instant::now();
        let mut known = self.link.lock().await;
        if let Some((at, failure)) = &known.failure
            && *at >= since
        {
            return failure.clone().map_or(Ok(None), Err);
        }
        let is_idle = self.waiting.load(Ordering::Relaxed) <= 1;
        let keep = server.budgets.idle;
        let usable = |link: &&Link| link.is_open() && (!is_idle || link.silence() < keep);
        if let Some(link) = known.link.as_ref().filter(usable) {
            return Ok(Some(link.clone()));
        }
        match Link::open(server).await {
            Ok(link) => {
                *known = Known { link: Some(link.clone()), failure: None };
                Ok(Some(link))
            }
            Err(failure) => {
                let failed = Some((Instant::now(), failure.clone()));
                *known = Known { link: None, failure: failed };
                failure.map_or(Ok(None), Err)
            }
        }
    }

    async fn forget(&self, old: &Link) {
        let mut known = self.link.lock().await;
        if known.link.as_ref().is_some_and(|link| link.is(old)) {
            known.link = None;
        }
    }
}

#[cfg(test)]
mod tests;

impl fmt::Debug for Pipelines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipelines").finish_non_exhaustive()
    }
}
