use std::time::Duration;

use async_trait::async_trait;
use project_deployer_client::{DeployerError, ResourceRef, UpdateOperations, Warnings};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::{InfoMessage, Severity};
use project_deployer_core::node::FutureState;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::Operation;
use project_deployer_core::status::{UpdateDetail, UpdateLogs, UpdateStatus, UpdateSummary};
use project_deployer_core::{DeploymentId, Login, Timestamp};
use project_deployer_store::{Commit, Lease, StoreError};

use super::{Bundle, DeployerSession, Deployment};
use crate::governance::heed;
use crate::runner::{Entries, Journal, NodeSession, Run, encode};
use crate::state::{
    DeployedKey, DeployedProject, LatestUpdate, Record as _, RecordCommit as _, Task, TaskId,
    UpdateRecord, references_to,
};
use crate::update::{UpdateEvent, UpdatePlan, lines, stalled};

/// How often an update of another process is polled.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

#[async_trait]
impl UpdateOperations for DeployerSession {
    async fn start_update(&self, id: &DeploymentId) -> Result<FutureState, DeployerError> {
        let view = self.view().await?;
        let deployment = view.deployment_for(Operation::UpdateDeployment, id)?;
        let settings = &deployment.record.value.settings;
        if let Some(superseded) = view.superseded(settings)? {
            return Err(superseded.refusal(id));
        }
        let key = &settings.published_project_key;
        no_hooks(&deployment.infra.value)?;
        let bundle = view.bundle_of(key, &settings.bundle_id)?;
        let plan = plan(&deployment, &bundle, view.login.clone())?;
        let connector = &*self.deployer.inner.update_connector;
        let infra = self.with_keys(&view, Operation::UpdateDeployment, &deployment).await?;
        let nodes = NodeSession::of(&plan, &infra, connector)?;
        // In a task of its own: a cancelled call must not leave a lease, or an update that does not
        // run.
        let this = self.clone();
        let begun =
            tokio::spawn(async move { this.begin(&deployment, &bundle, plan, nodes).await }).await;
        begun.unwrap_or_else(|error| Err(DeployerError::state("an update", error)))
    }

    async fn updates(&self, id: &DeploymentId) -> Result<Vec<UpdateSummary>, DeployerError> {
        let view = self.view().await?;
        view.deployment_for(Operation::ViewDeployment, id)?;
        let prefix = UpdateRecord::prefix(id);
        let updates = self.repository().readable_below::<UpdateRecord>(&prefix).await?;
        Ok(updates.iter().rev().map(UpdateRecord::summary).collect())
    }

    async fn update(
        &self,
        id: &DeploymentId,
        start: Timestamp,
    ) -> Result<UpdateDetail, DeployerError> {
        self.view().await?.deployment_for(Operation::ViewDeployment, id)?;
        let update = self.update_record(id, start).await?;
        let Entries { events, unreadable } = self.deployer.entries_of(&update).await?;
        let plan = events.iter().find_map(|event| match event {
            UpdateEvent::Started { plan, .. } => Some(plan),
            _ => None,
        });
        let mut lines = plan.map(|plan| lines(plan, &events)).unwrap_or_default();
        lines.extend(unreadable);
        if let Some(stalled) = plan.and_then(|plan| stalled(plan, &events, self.deployer.now())) {
            lines.push(stalled.to_string());
        }
        let kind = UpdateRecord::KIND_OF_CHANGE;
        let mut detail = UpdateDetail::new(update.start, update.requester, kind, update.status);
        detail.end_timestamp = update.end;
        detail.logs = (!lines.is_empty()).then(|| UpdateLogs::new(lines));
        Ok(detail)
    }

    async fn last_update(&self, id: &DeploymentId) -> Result<UpdateDetail, DeployerError> {
        let view = self.view().await?;
        view.deployment_for(Operation::ViewDeployment, id)?;
        let latest = view.model.latest_update(id)?;
        let latest = latest.ok_or_else(|| DeployerError::not_found("update of", id))?;
        self.update(id, latest.start).await
    }

    async fn future(&self, id: &str) -> Result<FutureState, DeployerError> {
        let task = self.task(id).await?;
        let detail = self.update(&task.deployment, task.start).await?;
        let end = detail.end_timestamp.unwrap_or_else(|| self.deployer.now());
        let running_time = i64::try_from(end.millis_since(task.start)).unwrap_or(i64::MAX);
        let mut state = FutureState::default();
        state.job_id = Some(task.id.0);
        state.start_time = task.start.as_millis();
        state.running_time = running_time;
        if detail.status == UpdateStatus::Running {
            state.alive = true;
            return Ok(state);
        }
        let result = serde_json::to_value(detail);
        let result = result.map_err(|error| DeployerError::state("an update", error))?;
        state.has_result = true;
        state.result = Some(result);
        Ok(state)
    }
}

impl DeployerSession {
    /// Waits for the end of an update that [`start_update`] began, and returns its result.
    ///
    /// [`start_update`]: UpdateOperations::start_update
    ///
    /// # Errors
    ///
    /// The task does not exist for the caller, or the store does not answer. A failed update is no
    /// error here: see its status and log.
    pub async fn wait(&self, task: &FutureState) -> Result<UpdateDetail, DeployerError> {
        let id = task.job_id.as_deref().unwrap_or_default();
        let known = self.task(id).await?;
        let watcher = self.deployer.running().get(id).cloned();
        if let Some(mut watcher) = watcher {
            // The sender is dropped with its task, which also ends the wait.
            let _ = watcher.wait_for(|ended| *ended).await;
        }
        loop {
            let detail = self.update(&known.deployment, known.start).await?;
            if detail.status != UpdateStatus::Running {
                return Ok(detail);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    async fn begin(
        &self,
        deployment: &Deployment,
        bundle: &Bundle,
        plan: UpdatePlan,
        nodes: Vec<NodeSession>,
    ) -> Result<FutureState, DeployerError> {
        let project = DeployedProject::of(&deployment.record.value.settings);
        let keeper = self.deployer.take_for(&project, &plan.deployment).await?;
        match self.record_start(deployment, bundle, keeper.lease(), plan).await {
            Ok(journal) => {
                let (task, start) = (journal.update.task.clone(), journal.update.start);
                let deployer = self.deployer.clone();
                Run { deployer, journal, keeper, nodes }.spawn();
                let mut state = FutureState::default();
                state.job_id = Some(task.0);
                state.alive = true;
                state.start_time = start.as_millis();
                Ok(state)
            }
            Err(error) => {
                keeper.release().await;
                Err(error)
            }
        }
    }

    /// Records the start of the update, in one commit with everything that refers to it. The same
    /// commit ends what dead processes left open of the project, so that nobody resumes it any more.
    async fn record_start(
        &self,
        deployment: &Deployment,
        bundle: &Bundle,
        lease: &Lease,
        plan: UpdatePlan,
    ) -> Result<Journal, DeployerError> {
        let id = &plan.deployment;
        let mut commit = Commit::new();
        let latest = self.repository().find::<LatestUpdate>(id).await?;
        let now = self.deployer.now();
        let start = latest.as_ref().map_or(now, |latest| latest.value.0.next_start(now));
        if let Some(left) = latest.as_ref().map(|latest| &latest.value.0).filter(|l| l.is_running())
        {
            let ended = left.ended(start, UpdateStatus::Failed);
            commit = left_behind(commit, &ended, start)?.overwrite(&ended)?;
        }
        let update = UpdateRecord {
            deployment: id.clone(),
            start,
            task: TaskId::begun_by(commit.id),
            bundle: plan.bundle.id.clone(),
            end: None,
            requester: plan.requester.clone(),
            status: UpdateStatus::Running,
        };
        let event = UpdateEvent::Started { at: start, plan: Box::new(plan.clone()) };
        let project = &deployment.project.value.id;
        let mut commit = commit
            .unchanged(&deployment.record)
            .unchanged(&deployment.infra)
            .unchanged(&deployment.project)
            .unchanged(&bundle.record)
            .refer(references_to(&PublishedProjectSettings::KIND, project))
            .create(&update)?
            .create(&update.task())?
            .append(update.task.journal(), encode(&event).map_err(state)?)
            .fenced_by(lease);
        let new = LatestUpdate(update.clone());
        commit = match &latest {
            Some(latest) => commit.replace(latest, &new)?,
            None => commit.create(&new)?,
        };
        let commit = self.as_owner(commit, &deployment.record.value.settings, now).await?;
        self.repository().commit(commit).await?;
        let deployer = self.deployer.clone();
        let mut journal =
            Journal { deployer, lease: lease.clone(), update, plan, events: Vec::new() };
        journal.remember(event);
        Ok(journal)
    }

    /// Commits only if the deployment still owns its project, and ends what dead processes left open of the
    /// project's other deployments.
    async fn as_owner(
        &self,
        commit: Commit,
        settings: &DeploymentSettings,
        now: Timestamp,
    ) -> Result<Commit, DeployerError> {
        let Some(owner) = self.deployed_key(settings).await? else { return Ok(commit) };
        if owner.value.deployment != settings.id {
            let named = ResourceRef::new(DeployedKey::NOUN, &settings.id);
            return Err(DeployerError::ChangedMeanwhile(named));
        }
        let mut commit = commit.unchanged(&owner);
        for other in &owner.value.older {
            let latest = match self.repository().find::<LatestUpdate>(other).await {
                Ok(Some(latest)) if latest.value.0.is_running() => latest,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(deployment = %other, %error, "its last update cannot be read");
                    continue;
                }
            };
            let ended = latest.value.0.ended(now, UpdateStatus::Failed);
            commit = left_behind(commit, &ended, now)?
                .overwrite(&ended)?
                .replace(&latest, &LatestUpdate(ended))?;
        }
        Ok(commit)
    }

    /// A task, if the caller may see its deployment.
    async fn task(&self, id: &str) -> Result<Task, DeployerError> {
        let view = self.view().await?;
        let absent = || DeployerError::NotFound(ResourceRef::new(Task::NOUN, id));
        let task = self.repository().find::<Task>(id).await?.ok_or_else(absent)?.value;
        match view.deployment_for(Operation::ViewDeployment, &task.deployment) {
            Ok(_) => Ok(task),
            Err(DeployerError::NotFound(_)) => Err(absent()),
            Err(error) => Err(error),
        }
    }
}

fn plan(
    deployment: &Deployment,
    bundle: &Bundle,
    requester: Login,
) -> Result<UpdatePlan, DeployerError> {
    let settings = &deployment.record.value.settings;
    let infra = &deployment.infra.value;
    let bundle = &bundle.published;
    // Warnings were handled when the bundle was chosen; the log shows them.
    let mut findings = heed(infra, bundle, Warnings::Ignore)?;
    if let Some(user) = &infra.webapps_run_as_user {
        let text =
            format!("webapps are not set to run as `{user}` by this Deployer; set it on the node");
        let code = "WARN_WEBAPPS_RUN_AS_NOT_APPLIED";
        findings.push(InfoMessage::new(Severity::Warning, code, "Webapps", text));
    }
    Ok(UpdatePlan { findings, ..UpdatePlan::new(settings, infra, bundle, requester) })
}

/// Ends the journal of an update that a dead process left open. The lease of its project is free or expired, and
/// the holder of the new one commits this.
fn left_behind(
    commit: Commit,
    left: &UpdateRecord,
    at: Timestamp,
) -> Result<Commit, DeployerError> {
    let reason =
        "the deployer that ran it has stopped, and a new update of the project was requested";
    let reason = Some(reason.to_owned());
    let closed = UpdateEvent::Closed { at, status: UpdateStatus::Failed, reason };
    Ok(commit.append(left.task.journal(), encode(&closed).map_err(state)?))
}

fn state(error: StoreError) -> DeployerError {
    DeployerError::state("an update", error)
}

/// A pre-deployment hook that is not run would allow what it exists to prevent (R-H4).
fn no_hooks(infra: &InfraSettings) -> Result<(), DeployerError> {
    if infra.hooks.is_empty() {
        return Ok(());
    }
    Err(DeployerError::not_possible(
        format!("infrastructure `{}` has hooks, and this Deployer runs none", infra.id),
        "remove them from its settings, or deploy with a Deployer that runs them",
    ))
}
