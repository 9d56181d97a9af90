use std::fmt;
use std::panic::AssertUnwindSafe;

use async_trait::async_trait;
use futures::FutureExt as _;
use project_deployer_core::infra::HookPhase;
use serde_json::Value;

use super::outcome::HookOutcome;

/// A hook in the process of the Deployer. A host registers it under a name with
/// [`DeployerBuilder::hook`](crate::DeployerBuilder::hook), and a hook of the kind `in-process` names it.
#[async_trait]
pub trait UpdateHook: fmt::Debug + Send + Sync + 'static {
    /// Runs it. It has to be safe to repeat with the same [key](HookCall::key): a Deployer that dies before the outcome
    /// is recorded runs it again. It is dropped at the end of its time, and when its update is cancelled.
    async fn run(&self, call: &HookCall) -> HookOutcome;
}

/// One run of a hook.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct HookCall {
    /// When it runs.
    pub phase: HookPhase,
    /// The name of the hook in the settings.
    pub name: String,
    /// The same for every attempt of this hook in this update.
    pub key: String,
    /// Whether somebody tries the hook, without an update.
    pub is_trial: bool,
    /// What every kind of hook gets, as JSON.
    pub payload: Value,
}

impl fmt::Debug for HookCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookCall")
            .field("phase", &self.phase)
            .field("name", &self.name)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Runs a hook of the host. Its panic is its failure, and not that of the update.
pub(super) async fn run(hook: &dyn UpdateHook, call: &HookCall) -> HookOutcome {
    let run = AssertUnwindSafe(async { hook.run(call).await });
    run.catch_unwind().await.unwrap_or_else(|_| {
        HookOutcome::error("it panicked, which is a defect of the hook; see the standard error")
    })
}
