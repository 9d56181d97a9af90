//! How many hooks run at a time, and which ones wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use project_deployer_core::infra::HookPhase;
use project_deployer_core::{DeploymentId, InfraId, Timestamp, setters};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many hooks a Deployer runs at a time, and how long others wait (R-H3).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookLimits {
    /// How many run at a time; at least one.
    pub at_a_time: usize,
    /// How long a hook before an update waits for a slot.
    pub pre_wait: Duration,
    /// How long any other hook waits.
    pub post_wait: Duration,
}

/// As in the product: three at a time, 10 s before an update and 60 s after it.
impl Default for HookLimits {
    fn default() -> Self {
        let (pre_wait, post_wait) = (Duration::from_secs(10), Duration::from_secs(60));
        Self { at_a_time: 3, pre_wait, post_wait }
    }
}

setters!(HookLimits {
    with_at_a_time(at_a_time: usize),
    with_pre_wait(pre_wait: Duration),
    with_post_wait(post_wait: Duration),
});

impl HookLimits {
    pub(super) fn wait(&self, phase: HookPhase) -> Duration {
        if phase == HookPhase::Pre { self.pre_wait } else { self.post_wait }
    }
}

/// A hook of this process that runs, or waits for a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueuedHook {
    /// The infrastructure.
    pub infra: InfraId,
    /// The deployment; none where somebody tries the hook.
    pub deployment: Option<DeploymentId>,
    /// When it runs.
    pub phase: HookPhase,
    /// Its name.
    pub name: String,
    /// Since when it runs or waits.
    pub since: Timestamp,
    /// Whether it runs.
    pub is_running: bool,
}

/// The slots of a process. The semaphore is fair: whoever came first runs first.
#[derive(Debug)]
pub(crate) struct HookSlots {
    semaphore: Arc<Semaphore>,
    members: Mutex<Members>,
}

#[derive(Debug, Default)]
struct Members {
    next: u64,
    hooks: BTreeMap<u64, QueuedHook>,
}

/// The place of a hook, until it is dropped.
#[derive(Debug)]
pub(crate) struct HookSlot<'a> {
    slots: &'a HookSlots,
    number: u64,
    permit: Option<OwnedSemaphorePermit>,
}

impl HookSlots {
    pub(super) fn new(limits: &HookLimits) -> Self {
        let semaphore = Arc::new(Semaphore::new(limits.at_a_time.clamp(1, Semaphore::MAX_PERMITS)));
        Self { semaphore, members: Mutex::default() }
    }

    /// Waits for a slot; `None` if there was none in time.
    pub(super) async fn take(&self, hook: QueuedHook, wait: Duration) -> Option<HookSlot<'_>> {
        let mut slot = HookSlot { slots: self, number: self.enter(hook), permit: None };
        let permit = Arc::clone(&self.semaphore).acquire_owned();
        slot.permit = Some(tokio::time::timeout(wait, permit).await.ok()?.ok()?);
        if let Some(hook) = self.members().hooks.get_mut(&slot.number) {
            hook.is_running = true;
        }
        Some(slot)
    }

    /// The hooks that run, and those that wait, in order.
    pub(super) fn queue(&self) -> Vec<QueuedHook> {
        let mut all: Vec<_> = self.members().hooks.values().cloned().collect();
        all.sort_by_key(|hook| !hook.is_running);
        all
    }

    fn enter(&self, hook: QueuedHook) -> u64 {
        let mut members = self.members();
        let number = members.next;
        members.next += 1;
        members.hooks.insert(number, hook);
        number
    }

    fn members(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HookSlot<'_> {
    fn drop(&mut self) {
        self.slots.members().hooks.remove(&self.number);
    }
}
