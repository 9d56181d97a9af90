//! Hooks that somebody tries without an update.

use std::future::pending;
use std::time::Duration;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::InfraId;
use project_deployer_core::infra::{Hook, HookPhase, InfraSettings};
use project_deployer_core::rights::Operation;
use project_deployer_store::{Commit, CommitId};
use serde_json::json;
use tokio::time::Instant;

use super::{DeployerSession, View};
use crate::audit::{Action, Change};
use crate::hooks::{
    HookCall, HookDefinition, HookDelivery, HookKind, HookOutcome, HookSubject, QueuedHook,
    payload, stable_key,
};
use crate::state::Record as _;

/// What came of a hook that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookTrial {
    /// The key that the hook got. No update has it.
    pub key: String,
    /// The outcome.
    pub outcome: HookOutcome,
    /// How long it took, with the wait for a slot.
    pub took: Duration,
}

impl DeployerSession {
    /// Runs one hook of an infrastructure without an update. Its payload says that it is a trial, and names no
    /// deployment. The caller has to administer the infrastructure.
    ///
    /// # Errors
    ///
    /// The infrastructure or the hook does not exist for the caller, the caller may not change the infrastructure, or
    /// this Deployer cannot run the hook. A hook that fails is no error here: see the outcome.
    pub async fn try_hook(
        &self,
        infra: &InfraId,
        phase: HookPhase,
        name: &str,
    ) -> Result<HookTrial, DeployerError> {
        let named = ResourceRef::new(InfraSettings::NOUN, infra);
        self.attempt(Action::TryHook, named, self.trial(infra, phase, name)).await
    }

    /// The hooks of this process that run or wait for a slot, of infrastructures that the caller administers.
    ///
    /// # Errors
    ///
    /// The caller may not log in, or the store cannot be read.
    pub async fn hook_queue(&self) -> Result<Vec<QueuedHook>, DeployerError> {
        let view = self.view().await?;
        let mut queue = self.deployer.hook_queue();
        queue.retain(|hook| view.infra_for(Operation::EditInfraSettings, &hook.infra).is_ok());
        Ok(queue)
    }

    async fn trial(
        &self,
        id: &InfraId,
        phase: HookPhase,
        name: &str,
    ) -> Result<HookTrial, DeployerError> {
        let view = self.view().await?;
        let infra = self.infra_with_keys(&view, Operation::EditInfraSettings, id).await?.value;
        let hook = infra.hooks.of(phase).iter().find(|hook| hook.name == name);
        let hook = hook.ok_or_else(|| {
            DeployerError::not_found("hook", format_args!("{name} ({phase}) of {id}"))
        })?;
        let definition = self.runnable(&infra, phase, hook)?;
        // Before it runs: what cannot be recorded is not done.
        let change = Change::of(Action::TryHook, InfraSettings::KIND.name(), id);
        let change = change.with_after(json!({"phase": phase, "hook": name}));
        self.commit(Commit::new(), change).await?;
        Ok(self.run_trial(&view, &infra, phase, hook, &definition).await)
    }

    fn runnable(
        &self,
        infra: &InfraSettings,
        phase: HookPhase,
        hook: &Hook,
    ) -> Result<HookDefinition, DeployerError> {
        let host = &self.deployer.inner.hooks;
        let read = HookDefinition::of(hook)
            .and_then(|definition| host.objection(&definition).map_or(Ok(definition), Err));
        let refused = |what: String| {
            DeployerError::not_possible(
                format!("{phase} hook `{}` of `{}` cannot be run: {what}", hook.name, infra.id),
                "change it in the settings of the infrastructure",
            )
        };
        let definition = read.map_err(refused)?;
        let is_unsigned = matches!(definition.kind, HookKind::Http { .. }) && hook.secret.is_none();
        if is_unsigned {
            return Err(refused("it has no `secret`; write one".to_owned()));
        }
        Ok(definition)
    }

    async fn run_trial(
        &self,
        view: &View,
        infra: &InfraSettings,
        phase: HookPhase,
        hook: &Hook,
        definition: &HookDefinition,
    ) -> HookTrial {
        let (host, at) = (&self.deployer.inner.hooks, self.deployer.now());
        let key = stable_key(&["trial", &CommitId::random().to_string()]);
        let subject = HookSubject::Trial { infra, requester: &view.login };
        let payload = payload(phase, &hook.name, &key, at, subject);
        let name = hook.name.clone();
        let queued = QueuedHook {
            infra: infra.id.clone(),
            deployment: None,
            phase,
            name: name.clone(),
            since: at,
            is_running: false,
        };
        let began = Instant::now();
        let outcome = match host.slot(queued).await {
            Ok(slot) => {
                let call = HookCall { phase, name, key: key.clone(), is_trial: true, payload };
                let secret = hook.secret.as_ref();
                let delivery = HookDelivery { definition, secret, at, call };
                host.run(&slot, &delivery, pending()).await
            }
            Err(outcome) => outcome,
        };
        HookTrial { key, outcome, took: began.elapsed() }
    }
}
