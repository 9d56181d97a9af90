//! The hooks of an update, carried out one after the other.

use std::time::Duration;

use project_deployer_core::infra::{HookPhase, InfraSettings};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{ApiKeySecret, InfraId};
use project_deployer_store::StoreError;
use tokio::time::sleep;

use super::Journal;
use super::steps::Steps;
use crate::deployer::Deployer;
use crate::hooks::{
    HookCall, HookDelivery, HookHost, HookOutcome, HookSubject, QueuedHook, payload, stable_key,
};
use crate::state::{Record as _, VersionedRecord};
use crate::update::{UpdateEvent, node_results, where_failed};

/// The pause before a store that does not answer is asked again.
const PAUSE: Duration = Duration::from_secs(1);

impl Journal {
    /// Why this process cannot run the hooks of the update, if another one may: nobody has cancelled it.
    pub(super) fn needs_another_process(&self, host: &HookHost) -> Option<String> {
        let hooks = &self.plan.hooks;
        let all = HookPhase::ALL.into_iter().flat_map(|phase| hooks.of(phase));
        let objection = all.filter_map(|hook| Some((&hook.name, host.objection(hook)?))).next();
        let (name, what) = objection.filter(|_| self.cancel_request().is_none())?;
        Some(format!("hook `{name}`: {what}"))
    }
}

impl Steps {
    /// Runs a hook, and writes to the journal before and after. One that gets no slot does not begin.
    pub(super) async fn run_hook(
        &mut self,
        phase: HookPhase,
        index: usize,
    ) -> Result<(), StoreError> {
        let Some(definition) = self.journal.plan.hooks.of(phase).get(index).cloned() else {
            let outcome = HookOutcome::error("the plan of the update does not have it");
            return self.finish_hook(phase, index, outcome).await;
        };
        let deployer = self.deployer.clone();
        let host = &deployer.inner.hooks;
        let plan = &self.journal.plan;
        let queued = QueuedHook {
            infra: plan.infra.clone(),
            deployment: Some(plan.deployment.clone()),
            phase,
            name: definition.name.clone(),
            since: deployer.now(),
            is_running: false,
        };
        let slot = tokio::select! {
            biased;
            // The next decision takes the cancel into account.
            () = self.cancel.requested() => return Ok(()),
            slot = host.slot(queued) => slot,
        };
        let slot = match slot {
            Ok(slot) => slot,
            Err(outcome) => return self.finish_hook(phase, index, outcome).await,
        };
        // Before the start is recorded: a store that does not answer keeps the hook from starting, and ends it not.
        let secret =
            deployer.hook_secret(&self.journal.plan.infra, phase, &definition.name).await?;
        let at = deployer.now();
        match self.journal.append(UpdateEvent::HookStarted { at, phase, index }).await {
            Err(StoreError::Conflict(_)) => return self.heed_stored().await,
            appended => appended?,
        }
        let call = self.hook_call(phase, index, &definition.name);
        let delivery = HookDelivery { definition: &definition, secret: secret.as_ref(), at, call };
        let outcome = host.run(&slot, &delivery, self.cancel.requested()).await;
        drop(slot);
        self.finish_hook(phase, index, outcome).await
    }

    async fn finish_hook(
        &mut self,
        phase: HookPhase,
        index: usize,
        outcome: HookOutcome,
    ) -> Result<(), StoreError> {
        let at = self.deployer.now();
        self.journal.append(UpdateEvent::HookFinished { at, phase, index, outcome }).await
    }

    /// What the hook gets. The key depends on the update and on the place of the hook alone, so that it is the same
    /// in every process.
    fn hook_call(&self, phase: HookPhase, index: usize, name: &str) -> HookCall {
        let (plan, events) = (&self.journal.plan, &self.journal.events);
        let update = &self.journal.update;
        let key = stable_key(&[&update.task.0, phase.as_str(), &index.to_string()]);
        let nodes = if phase == HookPhase::Pre { Vec::new() } else { node_results(plan, events) };
        let status = match phase {
            HookPhase::Pre => None,
            HookPhase::OnFailure => Some(UpdateStatus::Failed),
            _ => Some(UpdateStatus::Success),
        };
        let reason = where_failed(plan, events).filter(|_| phase == HookPhase::OnFailure);
        let subject = HookSubject::Update {
            plan,
            start: update.start,
            status,
            reason: reason.as_deref(),
            nodes: &nodes,
        };
        let payload = payload(phase, name, &key, update.start, subject);
        HookCall { phase, name: name.to_owned(), key, is_trial: false, payload }
    }
}

impl Deployer {
    /// The secret of a hook, as the settings have it now: plans and journals hold none. A store that does not answer is asked
    /// again.
    async fn hook_secret(
        &self,
        infra: &InfraId,
        phase: HookPhase,
        name: &str,
    ) -> Result<Option<ApiKeySecret>, StoreError> {
        let key = InfraSettings::KIND.key(infra);
        let document = loop {
            match self.inner.repository.store.read(&key).await {
                Err(error) if error.is_transient() => sleep(PAUSE).await,
                // Settings that cannot be read have no secret.
                Err(StoreError::Damaged { .. }) => break None,
                read => break read?,
            }
        };
        let infra =
            document.and_then(|found| VersionedRecord::<InfraSettings>::of(&key, found).ok());
        let hook = infra.and_then(|infra| {
            infra.value.hooks.of(phase).iter().find(|hook| hook.name == name).cloned()
        });
        Ok(hook.and_then(|hook| hook.secret))
    }
}
