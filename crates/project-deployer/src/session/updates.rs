use std::time::Duration;

use async_trait::async_trait;
use project_deployer_client::{DeployerError, ResourceRef, UpdateOperations, Warnings};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::{InfoMessage, Severity};
use project_deployer_core::node::FutureState;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::Operation;
use project_deployer_core::status::{UpdateDetail, UpdateLogs, UpdateStatus, UpdateSummary};
use project_deployer_core::{DeploymentId, Login, Timestamp};
use project_deployer_store::{Commit, Lease, StoreError};

use super::{DeployerSession, Deployment, bundle_in};
use crate::governance::heed;
use crate::runner::{Journal, LeaseKeeper, NodeSession, Run, encode};
use crate::state::{
    BundleList, Job, Record as _, RecordCommit as _, UpdateHistory, UpdateRecord, VersionedRecord,
    references_to,
};
use crate::update::{UpdateEvent, UpdatePlan, lines};

/// How often an update of another process is polled.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

#[async_trait]
impl UpdateOperations for DeployerSession {
    async fn start_update(&self, id: &DeploymentId) -> Result<FutureState, DeployerError> {
        let caller = self.caller().await?;
        let deployment = self.deployment_for(&caller, Operation::UpdateDeployment, id).await?;
        let settings = &deployment.record.value.settings;
        if let Some(superseded) = self.superseded(&caller, settings).await? {
            return Err(superseded.refusal(id));
        }
        let list = self.bundles_of(&settings.published_project_key).await?;
        let plan = plan(&deployment, &list.value, caller.login)?;
        let connector = &*self.deployer.inner.update_connector;
        let nodes = NodeSession::of(&plan, &deployment.infra.value, connector)?;
        // In a task of its own: a cancelled call must not leave a lease, or an update that does not
        // run.
        let this = self.clone();
        let begun =
            tokio::spawn(async move { this.begin(&deployment, &list, plan, nodes).await }).await;
        begun.unwrap_or_else(|error| Err(DeployerError::state("an update", error)))
    }

    async fn updates(&self, id: &DeploymentId) -> Result<Vec<UpdateSummary>, DeployerError> {
        let caller = self.caller().await?;
        self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        let history = self.history(id).await?.value;
        Ok(history.updates.iter().rev().map(UpdateRecord::summary).collect())
    }

    async fn update(
        &self,
        id: &DeploymentId,
        start: Timestamp,
    ) -> Result<UpdateDetail, DeployerError> {
        let caller = self.caller().await?;
        self.deployment_for(&caller, Operation::ViewDeployment, id).await?;
        let history = self.history(id).await?.value;
        let update = history.get(start).ok_or_else(|| {
            DeployerError::not_found("update", format_args!("{} of {id}", start.as_millis()))
        })?;
        let events = self.deployer.events_of(&history, update).await?;
        let plan = events.iter().find_map(|event| match event {
            UpdateEvent::Started { plan, .. } => Some(plan),
            _ => None,
        });
        let lines = plan.map(|plan| lines(plan, &events)).filter(|lines| !lines.is_empty());
        let kind = UpdateRecord::KIND_OF_CHANGE;
        let requester = update.requester.clone();
        let mut detail = UpdateDetail::new(update.start, requester, kind, update.status);
        detail.end_timestamp = update.end;
        detail.logs = lines.map(UpdateLogs::new);
        Ok(detail)
    }

    async fn last_update(&self, id: &DeploymentId) -> Result<UpdateDetail, DeployerError> {
        let newest = self.updates(id).await?.into_iter().next();
        let newest = newest.ok_or_else(|| DeployerError::not_found("update of", id))?;
        self.update(id, newest.start_timestamp).await
    }

    async fn future(&self, id: &str) -> Result<FutureState, DeployerError> {
        let job = self.job(id).await?;
        let detail = self.update(&job.deployment, job.start).await?;
        let end = detail.end_timestamp.unwrap_or_else(|| self.deployer.now());
        let running_time = i64::try_from(end.millis_since(job.start)).unwrap_or(i64::MAX);
        let mut state = FutureState::default();
        state.job_id = Some(job.id);
        state.start_time = job.start.as_millis();
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
        let job = self.job(id).await?;
        let watcher = self.deployer.running().get(id).cloned();
        if let Some(mut watcher) = watcher {
            // The sender is dropped with its task, which also ends the wait.
            let _ = watcher.wait_for(|ended| *ended).await;
        }
        loop {
            let detail = self.update(&job.deployment, job.start).await?;
            if detail.status != UpdateStatus::Running {
                return Ok(detail);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    async fn begin(
        &self,
        deployment: &Deployment,
        list: &VersionedRecord<BundleList>,
        plan: UpdatePlan,
        nodes: Vec<NodeSession>,
    ) -> Result<FutureState, DeployerError> {
        let taken = self.deployer.take_deployment(&plan.deployment).await?;
        let lease = taken.lease.clone();
        match self.record_start(deployment, list, &lease, plan).await {
            Ok((journal, job)) => {
                let start_time = journal.start.as_millis();
                let keeper = LeaseKeeper::new(&self.deployer, taken);
                let deployer = self.deployer.clone();
                Run { deployer, journal, keeper, nodes }.spawn(job.id.clone());
                let mut state = FutureState::default();
                state.job_id = Some(job.id);
                state.alive = true;
                state.start_time = start_time;
                Ok(state)
            }
            Err(error) => {
                self.deployer.release(&lease).await;
                Err(error)
            }
        }
    }

    /// Records the start of the update, in one commit with everything that refers to it. The same
    /// commit ends an update that a dead process left open.
    async fn record_start(
        &self,
        deployment: &Deployment,
        list: &VersionedRecord<BundleList>,
        lease: &Lease,
        plan: UpdatePlan,
    ) -> Result<(Journal, Job), DeployerError> {
        let id = plan.deployment.clone();
        let history = self.history(&id).await?;
        let start = history.value.next_start(self.deployer.now());
        let mut commit = Commit::new();
        let mut longer = history.value.clone();
        if let Some(open) = history.value.open() {
            longer = longer.ended(open.start, start, UpdateStatus::Failed);
            let left = encode(&left_behind(start)).map_err(state)?;
            commit = commit.append(history.value.journal(open.number), left);
        }
        longer.updates.push(UpdateRecord {
            number: lease.token(),
            start,
            bundle: plan.bundle.id.clone(),
            end: None,
            requester: plan.requester.clone(),
            status: UpdateStatus::Running,
        });
        let job = Job { id: Job::id_of(&id, lease.token()), deployment: id.clone(), start };
        let stream = longer.journal(lease.token());
        let event = UpdateEvent::Started { at: start, plan: Box::new(plan.clone()) };
        let commit = commit
            .unchanged(&deployment.record)
            .unchanged(&deployment.infra)
            .unchanged(&deployment.project)
            .unchanged(list)
            .refer(references_to(PublishedProjectSettings::KIND, &list.value.project))
            .replace(&history, &longer)?
            .create(&job)?
            .append(stream.clone(), encode(&event).map_err(state)?)
            .fenced_by(lease);
        // Another deployment may have superseded this one since.
        let owner = self.deployed_key(&deployment.record.value.settings).await?;
        let commit = owner.iter().fold(commit, |commit, owner| commit.unchanged(owner));
        if let Err(error) = self.repository().commit(commit).await {
            // Perhaps only the answer was lost, so read back.
            let written = self.repository().find::<Job>(&job.id).await;
            if !matches!(written, Ok(Some(_))) {
                return Err(error);
            }
        }
        let mut journal = Journal {
            deployer: self.deployer.clone(),
            lease: lease.clone(),
            stream,
            deployment: id,
            start,
            plan,
            events: Vec::new(),
        };
        journal.remember(event);
        Ok((journal, job))
    }

    async fn history(
        &self,
        id: &DeploymentId,
    ) -> Result<VersionedRecord<UpdateHistory>, DeployerError> {
        let found = self.repository().find::<UpdateHistory>(id).await?;
        Ok(found.unwrap_or_else(|| VersionedRecord::unwritten(UpdateHistory::new(id.clone()))))
    }

    /// A task, if the caller may see its deployment.
    async fn job(&self, id: &str) -> Result<Job, DeployerError> {
        let caller = self.caller().await?;
        let absent = || DeployerError::NotFound(ResourceRef::new(Job::KIND.0, id));
        let job = self.repository().find::<Job>(id).await?.ok_or_else(absent)?.value;
        match self.deployment_for(&caller, Operation::ViewDeployment, &job.deployment).await {
            Ok(_) => Ok(job),
            Err(DeployerError::NotFound(_)) => Err(absent()),
            Err(error) => Err(error),
        }
    }
}

fn plan(
    deployment: &Deployment,
    list: &BundleList,
    requester: Login,
) -> Result<UpdatePlan, DeployerError> {
    let settings = &deployment.record.value.settings;
    let infra = &deployment.infra.value;
    no_hooks(infra)?;
    let bundle = bundle_in(list, &settings.bundle_id)?;
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

fn left_behind(at: Timestamp) -> UpdateEvent {
    let reason = "the deployer that ran it has stopped, and a new update was requested".to_owned();
    UpdateEvent::Closed { at, status: UpdateStatus::Failed, reason: Some(reason) }
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
