//! What happened, in order, on one clock: the same for the same seed.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use project_deployer::Clock;
use project_deployer_core::Timestamp;
use tokio::time::Instant;

/// The lines of one seed, and what must not have happened.
#[derive(Debug, Clone, Default)]
pub(super) struct Chronicle {
    shared: Arc<Mutex<Shared>>,
    /// Milliseconds since the start, outside of every process.
    now: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct Shared {
    lines: Vec<String>,
    violations: Vec<String>,
}

impl Chronicle {
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Duration {
        Duration::from_millis(self.now.load(Ordering::SeqCst))
    }

    pub(super) fn set(&self, now: Duration) {
        self.now.store(u64::try_from(now.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(super) fn note(&self, at: Duration, what: impl fmt::Display) {
        self.shared().lines.push(format!("{:>9.3} {what}", at.as_secs_f64()));
    }

    /// Something that must never happen.
    pub(super) fn violation(&self, at: Duration, what: impl fmt::Display) {
        self.note(at, format_args!("VIOLATION: {what}"));
        self.shared().violations.push(what.to_string());
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.shared().lines.clone()
    }

    pub(super) fn violations(&self) -> Vec<String> {
        self.shared().violations.clone()
    }
}

/// The clock of one process: its runtime counts from its start, which was at some time of the whole.
#[derive(Debug, Clone)]
pub(super) struct ProcessTime {
    began: Instant,
    at: Duration,
}

impl ProcessTime {
    /// Called within the runtime of the process.
    pub(super) fn starting(at: Duration) -> Self {
        Self { began: Instant::now(), at }
    }

    pub(super) fn now(&self) -> Duration {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap();
        self.at + Duration::from_millis(elapsed)
    }
}

impl Clock for ProcessTime {
    fn now(&self) -> Timestamp {
        const A_DAY_IN_2026: i64 = 1_780_000_000_000;
        let passed = i64::try_from(Self::now(self).as_millis()).unwrap();
        Timestamp::from_millis(A_DAY_IN_2026 + passed)
    }
}
