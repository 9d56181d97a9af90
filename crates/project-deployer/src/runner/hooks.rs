//! The hooks of an update, carried out one after the other.

use project_deployer_core::infra::{HookPhase, InfraSettings};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{ApiKeySecret, InfraId};
use project_deployer_store::StoreError;

use super::steps::Steps;
use crate::deployer::Deployer;
use crate::hooks::{
    HookCall, HookDelivery, HookOutcome, HookSubject, QueuedHook, payload, stable_key,
};
use crate::update::{UpdateEvent, node_results, where_failed};

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
        let at = deployer.now();
        match self.journal.append(UpdateEvent::HookStarted { at, phase, index }).await {
            Err(StoreError::Conflict(_)) => return self.heed_stored().await,
            appended => appended?,
        }
        let secret = deployer.hook_secret(&self.journal.plan.infra, phase, &definition.name).await;
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
    /// The secret of a hook, as the settings have it now: plans and journals hold none.
    async fn hook_secret(
        &self,
        infra: &InfraId,
        phase: HookPhase,
        name: &str,
    ) -> Option<ApiKeySecret> {
        let infra = self.inner.repository.find::<InfraSettings>(infra).await.ok().flatten()?;
        let hook = infra.value.hooks.of(phase).iter().find(|hook| hook.name == name)?;
        hook.secret.clone()
    }
}
