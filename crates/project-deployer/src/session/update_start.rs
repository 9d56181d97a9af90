//! The start of an update: one commit, under the lease of its project.

use std::collections::BTreeSet;

use project_deployer_client::{DeployerError, ResourceRef, Warnings};
use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::node::FutureState;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::rights::{Caller, Operation, Scope};
use project_deployer_core::status::UpdateStatus;
use project_deployer_core::{BundleId, DeploymentId, Login, Timestamp};
use project_deployer_store::{Commit, Lease, StoreError};
use serde_json::json;

use super::windows::BrokenGlass;
use super::{Bundle, DeployerSession, Deployment, may};
use crate::audit::{Action, Change};
use crate::governance::heed;
use crate::hooks::{HookHost, PlannedHooks, unsigned};
use crate::life::Member;
use crate::runner::{Entries, Journal, NodeSessions, Run, encode};
use crate::state::{
    AddToHistory as _, CancelRequest, DeployedKey, DeployedProject, DeploymentRecord, Found,
    LatestUpdate, Record as _, RecordCommit as _, ScheduleRecord, Task, TaskId, UpdateOrigin,
    UpdateRecord, VersionedRecord, read, references_to,
};
use crate::update::{UpdateEvent, UpdatePlan, cancelled_by, webapps_left_down};

/// What changes with the start of an update, in the same commit.
#[derive(Default)]
pub(super) struct WithStart {
    pub(super) changed: Option<Changed>,
    /// The update was scheduled, and has started with this.
    pub(super) scheduled: Option<VersionedRecord<ScheduleRecord>>,
    /// It starts although windows refuse it, or may refuse it before its turn comes.
    pub(super) glass: Option<BrokenGlass>,
}

/// Settings that change with the start of an update.
pub(super) struct Changed {
    pub(super) record: DeploymentRecord,
    /// The deployment that owned the project until now.
    pub(super) claimed_from: Option<DeploymentId>,
}

impl DeployerSession {
    /// Begins an update, and runs it in a task of its own. Settings that change with it do so in the same commit.
    pub(super) async fn begin(
        &self,
        deployment: &Deployment,
        with: &WithStart,
        bundle: &Bundle,
        plan: UpdatePlan,
        nodes: NodeSessions,
        member: Member,
    ) -> Result<FutureState, DeployerError> {
        let project = DeployedProject::of(&deployment.record.value.settings);
        let keeper = self.deployer.take_for(&project, &plan.deployment).await?;
        match self.record_start(deployment, with, bundle, keeper.lease(), plan).await {
            Ok(journal) => {
                let (task, start) = (journal.update.task.clone(), journal.update.start);
                let deployer = self.deployer.clone();
                Run { deployer, journal, keeper, nodes, member }.spawn();
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
        with: &WithStart,
        bundle: &Bundle,
        lease: &Lease,
        mut plan: UpdatePlan,
    ) -> Result<Journal, DeployerError> {
        let changed = with.changed.as_ref();
        let mut commit = Commit::new();
        let (previous, latest) = self.previous(&plan.deployment).await?;
        plan.left_down = self.left_down(previous.as_ref(), &plan).await?;
        let now = self.deployer.now();
        let start = previous.as_ref().map_or(now, |previous| previous.next_start(now));
        let last_success = previous.as_ref().and_then(UpdateRecord::last_success);
        if let Some(left) = previous.filter(UpdateRecord::is_running) {
            (commit, _) = self.end_left_behind(commit, &left, start).await?;
        }
        let update = UpdateRecord {
            deployment: plan.deployment.clone(),
            start,
            task: TaskId::begun_by(commit.id),
            bundle: plan.bundle.id.clone(),
            end: None,
            requester: plan.requester.clone(),
            status: UpdateStatus::Running,
            origin: Some(Box::new(origin(deployment, &plan, last_success))),
        };
        let event = UpdateEvent::Started { at: start, plan: Box::new(plan.clone()) };
        let project = &deployment.project.value.id;
        let commit = match changed {
            Some(changed) => commit.replace(&deployment.record, &changed.record)?,
            None => commit.unchanged(&deployment.record),
        };
        let commit = commit
            .unchanged(&deployment.infra)
            .unchanged(&deployment.project)
            .unreferenced(&deployment.maintenance)
            .unreferenced(&deployment.managed)
            .unchanged(&bundle.record)
            .refer(references_to(&PublishedProjectSettings::KIND, project))
            .create(&update)?
            .create(&update.task())?
            .append(update.task.journal(), encode(&event).map_err(state)?)
            .fenced_by(lease);
        let commit = match &with.scheduled {
            Some(found) => commit.replace(found, &found.value.started(start))?,
            None => commit,
        };
        let new = LatestUpdate(update.clone());
        let commit = match latest {
            Found::Readable(latest) => commit.replace(&latest, &new)?,
            Found::Absent => commit.create(&new)?,
            // The lease keeps others from writing it.
            Found::Unreadable { .. } => commit.overwrite(&new)?,
        };
        let claimed = changed.and_then(|changed| changed.claimed_from.as_ref());
        let settings = &deployment.record.value.settings;
        let commit = self.as_owner(commit, settings, claimed, now).await?;
        let mut begun = json!({"bundle": update.bundle, "start": update.start});
        // Also where nothing refuses it yet: a window that closes in the queue is passed over as well.
        if let Some(BrokenGlass { reason, refusal }) = &with.glass {
            let refused = refusal.as_ref().map(ToString::to_string);
            begun["breakGlass"] = json!({"reason": reason, "refused": refused});
        }
        let change = Change::of(Action::Update, DeploymentRecord::KIND.name(), &update.deployment);
        let old = &deployment.record.value.settings.bundle_id;
        let change = match changed {
            Some(_) => change.with_before(json!({"bundle": old})),
            None => change,
        };
        let revision = self.commit_at(commit, change.with_after(begun)).await?;
        let task = Some(VersionedRecord::read(update.task(), revision));
        let (deployer, lease, events) = (self.deployer.clone(), lease.clone(), Vec::new());
        let mut journal = Journal { deployer, lease, update, plan, events, task };
        journal.remember(event);
        Ok(journal)
    }

    /// The last update of a deployment, and the record that says so. If that record cannot be read, the updates
    /// themselves say which was the last one.
    pub(super) async fn previous(
        &self,
        id: &DeploymentId,
    ) -> Result<(Option<UpdateRecord>, Found<LatestUpdate>), DeployerError> {
        let latest = self.repository().find_readable::<LatestUpdate>(id).await?;
        let previous = match &latest {
            Found::Absent => None,
            Found::Readable(latest) => Some(latest.value.0.clone()),
            Found::Unreadable { error, .. } => {
                tracing::warn!(deployment = %id, %error, "the record of the last update is written anew");
                let prefix = UpdateRecord::prefix(id);
                let newest = self.repository().last_below(&UpdateRecord::KIND, &prefix).await?;
                let newest = newest.map(read::<UpdateRecord>).transpose();
                newest.map_err(|error| unreadable_history(id, &error))?
            }
        };
        Ok((previous, latest))
    }

    /// For each node of a plan the webapps that the update before left down; nothing where webapps are left alone.
    pub(super) async fn left_down(
        &self,
        previous: Option<&UpdateRecord>,
        plan: &UpdatePlan,
    ) -> Result<Vec<BTreeSet<String>>, DeployerError> {
        let Some(previous) = previous.filter(|_| plan.desired.webapps_run_as.is_some()) else {
            return Ok(Vec::new());
        };
        let Entries { events, .. } = self.deployer.entries_of(previous).await?;
        Ok(webapps_left_down(&events, plan))
    }

    /// Ends an update that a dead process left open. The lease of its project is free or expired, and the holder of
    /// the new one commits this.
    async fn end_left_behind(
        &self,
        commit: Commit,
        left: &UpdateRecord,
        at: Timestamp,
    ) -> Result<(Commit, UpdateRecord), DeployerError> {
        let stopped =
            "the deployer that ran it has stopped, and a new update of the project was requested";
        let (commit, cancel) = match self.repository().find_readable::<Task>(&left.task.0).await? {
            Found::Readable(task) => (commit.unchanged(&task), task.value.cancel),
            Found::Absent | Found::Unreadable { .. } => (commit, None),
        };
        let mut entries = self.deployer.entries_of(left).await?;
        // Its entry in the journal may be one that cannot be read.
        let is_missing = cancelled_by(&entries.events).is_none();
        if let Some(CancelRequest { at, by }) = cancel.filter(|_| is_missing) {
            entries.events.push(UpdateEvent::CancelRequested { at, by });
        }
        let (status, reason) = entries.broken_off(stopped);
        let ended = self.deployer.with_origin(left.ended(at, status)).await?;
        let closed = UpdateEvent::Closed { at, status, reason: Some(reason) };
        let commit = commit.append(left.task.journal(), encode(&closed).map_err(state)?);
        let entry = self.deployer.history_of(&ended).await?;
        Ok((commit.overwrite(&ended)?.with_history(&entry)?, ended))
    }

    /// Commits only if the deployment still owns its project, or claims it from its owner, and ends what dead processes left open of the
    /// project's other deployments.
    async fn as_owner(
        &self,
        commit: Commit,
        settings: &DeploymentSettings,
        claimed_from: Option<&DeploymentId>,
        now: Timestamp,
    ) -> Result<Commit, DeployerError> {
        let Some(owner) = self.deployed_key(settings).await? else { return Ok(commit) };
        let present = &owner.value.deployment;
        let (mut commit, older) = if *present == settings.id {
            (commit.unchanged(&owner), owner.value.older.clone())
        } else if claimed_from == Some(present) {
            let owned = owner.value.owned_by(settings.id.clone());
            (commit.replace(&owner, &owned)?, owned.older)
        } else {
            let named = ResourceRef::new(DeployedKey::NOUN, &settings.id);
            return Err(DeployerError::ChangedMeanwhile(named));
        };
        for other in &older {
            let latest = match self.repository().find::<LatestUpdate>(other).await {
                Ok(Some(latest)) if latest.value.0.is_running() => latest,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(deployment = %other, %error, "its last update cannot be read");
                    continue;
                }
            };
            let (ending, ended) = self.end_left_behind(commit, &latest.value.0, now).await?;
            commit = ending.replace(&latest, &LatestUpdate(ended))?;
        }
        Ok(commit)
    }
}

fn origin(
    deployment: &Deployment,
    plan: &UpdatePlan,
    last_success: Option<BundleId>,
) -> UpdateOrigin {
    UpdateOrigin {
        infra: Some(plan.infra.clone()),
        project: Some(deployment.project.value.id.clone()),
        uid: deployment.record.value.uid.clone(),
        acting: Some(plan.acting.clone()),
        previous: last_success,
    }
}

pub(super) fn plan(
    settings: &DeploymentSettings,
    infra: &InfraSettings,
    bundle: &Bundle,
    requester: Login,
) -> Result<UpdatePlan, DeployerError> {
    let bundle = &bundle.published;
    // Warnings were handled when the bundle was chosen; the log shows them.
    let mut findings = heed(infra, bundle, Warnings::Ignore)?;
    let plan = UpdatePlan::new(settings, infra, bundle, requester);
    findings.0.extend(plan.findings.0);
    Ok(UpdatePlan { findings, ..plan })
}

/// Neither the record of the last update nor the update itself can be read. Nothing proves that it has ended in the
/// sense of the program that wrote it.
fn unreadable_history(id: &DeploymentId, error: &DeployerError) -> DeployerError {
    DeployerError::not_possible(
        format!("the last update of deployment `{id}` cannot be read: {error}"),
        "update with the version of the program that wrote it; or delete the deployment and create it again, which \
         leaves its project on the nodes",
    )
}

pub(super) fn state(error: StoreError) -> DeployerError {
    DeployerError::state("an update", error)
}

/// The hooks of an update. A hook that is not run would allow what it exists to prevent (R-H4). The names of hooks are for
/// those who may read the settings (R-P5).
pub(super) fn hooks_of(
    host: &HookHost,
    infra: &InfraSettings,
    caller: &Caller,
) -> Result<PlannedHooks, DeployerError> {
    let planned = host.plan(&infra.hooks);
    let problems = match planned {
        Ok(planned) => match unsigned(&infra.hooks) {
            unsigned if unsigned.is_empty() => return Ok(planned),
            unsigned => unsigned,
        },
        Err(problems) => problems,
    };
    if !may(caller, Operation::ReadInfraSettings, Scope::infra(infra)) {
        return Err(DeployerError::not_possible(
            format!("infrastructure `{}` has hooks that this Deployer cannot run", infra.id),
            "ask one of its administrators",
        ));
    }
    Err(DeployerError::not_possible(
        format!(
            "infrastructure `{}` has hooks that this Deployer cannot run: {}",
            infra.id,
            problems.join("; ")
        ),
        "change or remove them in its settings",
    ))
}
