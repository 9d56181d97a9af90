//! The way between a Deployer and its nodes: calls that are lost before or after their effect, arrive late, or
//! arrive twice.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use project_deployer_client::{NodeError, NodeErrorKind, Operation};
use tokio::time::sleep;

use super::journal::{Chronicle, ProcessTime};

/// A caller gives up a call after this time.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A call arrives at most this long after it was sent. The engine waits longer than this before it takes
/// a call for lost.
const LATEST: u64 = 11_000;

/// How long the longest answer of a node takes.
const ANSWER: u64 = 400;

/// Calls that are on their way while nobody waits for them.
#[derive(Clone, Default)]
pub(super) struct Network {
    late: Arc<Mutex<Late>>,
    pub(super) heals: Arc<AtomicBool>,
}

#[derive(Default)]
struct Late {
    calls: BTreeMap<(Duration, u64), BoxFuture<'static, ()>>,
    number: u64,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    NotConnected,
    Busy,
    /// It does not arrive, and its caller cannot know.
    Lost,
    /// It takes effect, and its answer is lost.
    AnswerLost,
    /// It takes effect this long after it was sent; its caller gave it up.
    Late(Duration),
    /// It arrives twice at once; the first answer arrives.
    Doubled,
    /// The same, and the second answer arrives.
    DoubledLastAnswer,
}

impl Fate {
    fn draw(random: &mut fastrand::Rng) -> Self {
        match random.u32(..100) {
            0..=2 => Self::NotConnected,
            3 => Self::Busy,
            4..=6 => Self::Lost,
            7..=10 => Self::AnswerLost,
            11..=14 => Self::Late(Duration::from_millis(random.u64(1..LATEST))),
            15..=18 => Self::Doubled,
            19 => Self::DoubledLastAnswer,
            _ => Self::Answered,
        }
    }
}

impl Network {
    fn late(&self) -> MutexGuard<'_, Late> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call takes effect at a time when nobody waits for its answer.
    fn arrive_at(&self, due: Duration, call: BoxFuture<'static, ()>) {
        let mut late = self.late();
        late.number += 1;
        let number = late.number;
        late.calls.insert((due, number), call);
    }

    /// Carries out the calls that arrive until now.
    pub(super) fn deliver(&self, now: Duration) {
        loop {
            let call = {
                let mut late = self.late();
                let is_due = late.calls.first_key_value().is_some_and(|(key, _)| key.0 <= now);
                if is_due { late.calls.pop_first() } else { None }
            };
            let Some((_, call)) = call else { return };
            // A node in memory answers at once.
            call.now_or_never().unwrap();
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

/// The way of one process.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub(super) network: Network,
    pub(super) chronicle: Chronicle,
    pub(super) process: String,
    pub(super) time: ProcessTime,
    pub(super) random: Arc<Mutex<fastrand::Rng>>,
}

impl Wire {
    fn draw<T>(&self, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a call to a node. `call` is what the node does, each time that it arrives.
    pub(super) async fn send<T: Send + 'static>(
        &self,
        node: &str,
        operation: Operation,
        call: impl Fn() -> BoxFuture<'static, Result<T, NodeError>>,
    ) -> Result<T, NodeError> {
        let heals = self.network.heals.load(Ordering::SeqCst);
        let fate = if heals { Fate::Answered } else { self.draw(Fate::draw) };
        let label = format!("{} {operation} on {node}", self.process);
        if fate != Fate::Answered || operation.changes() {
            self.chronicle.note(self.time.now(), format_args!("{label}: {fate:?}"));
        }
        let failed = |kind| Err(NodeError::new(node, operation.to_string(), kind));
        let answer = match fate {
            Fate::NotConnected => failed(NodeErrorKind::Unreachable),
            Fate::Busy => failed(NodeErrorKind::Busy(Some(Duration::from_secs(2)))),
            Fate::Answered => call().await,
            Fate::Doubled => {
                let answer = call().await;
                drop(call().await);
                answer
            }
            Fate::DoubledLastAnswer => {
                drop(call().await);
                call().await
            }
            Fate::AnswerLost => {
                drop(call().await);
                failed(NodeErrorKind::Interrupted)
            }
            Fate::Lost => {
                sleep(TIMEOUT).await;
                failed(NodeErrorKind::TimedOut(TIMEOUT))
            }
            Fate::Late(by) => {
                let due = self.time.now() + by;
                let (chronicle, call) = (self.chronicle.clone(), call());
                let arriving = async move {
                    let answer = call.await.map(|_| ());
                    chronicle.note(due, format_args!("{label} arrives late: {}", word(&answer)));
                };
                self.network.arrive_at(due, arriving.boxed());
                sleep(TIMEOUT).await;
                failed(NodeErrorKind::TimedOut(TIMEOUT))
            }
        };
        let takes = self.draw(|random| random.u64(1..ANSWER));
        sleep(Duration::from_millis(takes)).await;
        answer
    }
}

/// How a call ended, without texts that may differ between two runs.
fn word(answer: &Result<(), NodeError>) -> String {
    match answer {
        Ok(()) => "done".to_owned(),
        Err(error) => error.kind.to_string(),
    }
}
