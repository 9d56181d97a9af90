//! Updates that start at a given time.

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::Operation;
use project_deployer_core::{DeploymentId, Timestamp};
use project_deployer_store::Commit;
use serde_json::json;

use super::update_start::{WithStart, hooks_of, plan};
use super::{DeployerSession, Deployment, View, Who};
use crate::audit::{Action, Change};
use crate::deployment_plan::digest_of;
use crate::hooks::PlannedHooks;
use crate::schedule::{FARTHEST, ScheduleTime, ScheduledUpdate, may_pass};
use crate::state::{
    DeploymentRecord, Found, Record as _, RecordCommit as _, ScheduleRecord, VersionedRecord,
};
use crate::update::UpdatePlan;
use crate::windows::{WindowSet, decide, next_opening};

impl DeployerSession {
    /// Starts an update at a given time, or in the next window, with the rights that the caller has then (M16).
    ///
    /// It is planned now, and again when the time comes. It starts if both plans are equal: the same bundle, settings,
    /// nodes and users. Otherwise it is refused, and [`scheduled_updates`](Self::scheduled_updates) says why. Whichever
    /// process runs at that time starts it, once. If none can, as during a maintenance, it still starts within an hour.
    ///
    /// # Errors
    ///
    /// The caller is no user of this Deployer or acts in the name of another one; it may not update the deployment; the policy
    /// of the infrastructure prevents the bundle, or a hook runs nowhere; the time has passed, is more than a year away or is one at which windows refuse updates; another update of the deployment waits for its time; or the store does not answer.
    pub async fn schedule_update(
        &self,
        id: &DeploymentId,
        at: impl Into<ScheduleTime>,
    ) -> Result<ScheduledUpdate, DeployerError> {
        let named = ResourceRef::new(DeploymentRecord::NOUN, id);
        self.attempt(Action::Schedule, named, self.schedule(id, at.into())).await
    }

    /// The updates that wait for their time, and for 30 days those that did, of the deployments that the caller sees.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn scheduled_updates(&self) -> Result<Vec<ScheduledUpdate>, DeployerError> {
        let view = self.view().await?;
        let all = self.repository().readable_below::<ScheduleRecord>("").await?;
        let is_visible = |record: &ScheduleRecord| {
            let found = view.deployment_for(Operation::ViewDeployment, &record.deployment);
            found.is_ok_and(|found| found.record.value.uid == record.uid)
        };
        Ok(all.into_iter().filter(is_visible).map(ScheduledUpdate::from).collect())
    }

    /// Withdraws an update that waits for its time. Whoever may update the deployment may do so.
    ///
    /// # Errors
    ///
    /// Nothing waits, the caller may not update the deployment, or the store does not answer.
    pub async fn unschedule_update(&self, id: &DeploymentId) -> Result<(), DeployerError> {
        let named = ResourceRef::new(DeploymentRecord::NOUN, id);
        self.attempt(Action::Unschedule, named, self.unschedule(id)).await
    }

    async fn schedule(
        &self,
        id: &DeploymentId,
        when: ScheduleTime,
    ) -> Result<ScheduledUpdate, DeployerError> {
        let view = self.view().await?;
        let deployment = view.deployment_for(Operation::UpdateDeployment, id)?;
        self.acts_for_itself()?;
        let requested = self.deployer.now();
        let windows = view.windows_of(&deployment.infra.value)?;
        let at = time_of(when, &[windows], requested)?;
        let plan = view.plan_of(&deployment)?;
        let record = ScheduleRecord {
            deployment: id.clone(),
            uid: deployment.record.value.uid.clone(),
            bundle: plan.bundle.id.clone(),
            requester: view.login.clone(),
            requested,
            at,
            plan: digest_of(&plan)?,
            outcome: None,
        };
        let commit = Commit::new().unchanged(&deployment.record);
        let commit = match self.repository().find_readable::<ScheduleRecord>(id.as_str()).await? {
            Found::Readable(old) if old.value.outcome.is_none() && old.value.uid == record.uid => {
                return Err(waits(&old));
            }
            Found::Readable(old) => commit.replace(&old, &record)?,
            Found::Absent => commit.create(&record)?,
            Found::Unreadable { error, .. } => return Err(error),
        };
        let change = Change::of(Action::Schedule, DeploymentRecord::KIND.name(), id);
        let change = change.with_after(json!({"bundle": record.bundle, "at": at}));
        self.commit(commit, change).await?;
        Ok(record.into())
    }

    /// Whoever acts in another's name, or by a key that does, is not there any more when the time comes.
    pub(super) fn acts_for_itself(&self) -> Result<(), DeployerError> {
        let principal = &self.principal;
        if matches!(principal.who, Who::User(_)) && principal.acting().is_none() {
            return Ok(());
        }
        Err(DeployerError::not_possible(
            "what is done at a later time is done with the rights that a user has then, and the caller is no user of this \
             Deployer, or acts in the name of another one",
            "act as a user of this Deployer, in your own name",
        ))
    }

    async fn unschedule(&self, id: &DeploymentId) -> Result<(), DeployerError> {
        let view = self.view().await?;
        view.deployment_for(Operation::UpdateDeployment, id)?;
        let found = self.repository().find::<ScheduleRecord>(id.as_str()).await?;
        let waiting = found.filter(|found| found.value.outcome.is_none());
        let waiting = waiting.ok_or_else(|| {
            DeployerError::not_possible(
                format!("no update of deployment `{id}` waits for its time"),
                "look at the scheduled updates",
            )
        })?;
        let change = Change::of(Action::Unschedule, DeploymentRecord::KIND.name(), id);
        let change = change.with_before(json!({"at": waiting.value.at}));
        self.commit(Commit::new().remove(&waiting), change).await
    }

    /// Starts an update whose time has come, if it is the one that was requested, and records that in the same commit.
    /// False if this process cannot run its hooks: another one may.
    pub(crate) async fn start_scheduled(
        &self,
        found: VersionedRecord<ScheduleRecord>,
    ) -> Result<bool, DeployerError> {
        let record = found.value.clone();
        let named = ResourceRef::new(DeploymentRecord::NOUN, &record.deployment);
        let work = async {
            let view = self.view().await?;
            let deployment =
                view.deployment_for(Operation::UpdateDeployment, &record.deployment)?;
            let is_same = deployment.record.value.uid == record.uid;
            if !is_same || digest_of(&view.plan_of(&deployment)?)? != record.plan {
                return Err(DeployerError::not_possible(
                    "it would not do what it would have done when it was requested: the bundle, the settings of the \
                     deployment or its infrastructure have changed",
                    "look at the changes, and schedule it again",
                ));
            }
            let infra = self.with_keys(&view, Operation::UpdateDeployment, &deployment).await?;
            if hooks_of(&self.deployer.inner.hooks, &infra, &view).is_err() {
                return Ok(false);
            }
            let with = WithStart { scheduled: Some(found), ..WithStart::default() };
            self.launch(&view, deployment, with).await.map(|_| true)
        };
        // One that is tried again is no refused attempt.
        match work.await {
            Err(error) if !may_pass(&error) => {
                self.attempt(Action::Update, named, async { Err(error) }).await
            }
            done => done,
        }
    }
}

impl View {
    /// The update of a deployment with its present settings.
    fn plan_of(&self, deployment: &Deployment) -> Result<UpdatePlan, DeployerError> {
        let settings = &deployment.record.value.settings;
        let bundle = self.bundle_of(&settings.published_project_key, &settings.bundle_id)?;
        let infra = &deployment.infra.value;
        let mut plan = plan(settings, infra, &bundle, self.login.clone())?;
        plan.hooks =
            PlannedHooks::read(&infra.hooks).map_err(|problems| unreadable(infra, &problems))?;
        Ok(plan)
    }
}

/// Hooks that no Deployer runs. Their names are for administrators of the infrastructure.
fn unreadable(infra: &InfraSettings, problems: &[String]) -> DeployerError {
    DeployerError::not_possible(
        format!("{} hooks of infrastructure `{}` cannot run", problems.len(), infra.id),
        "ask one of its administrators to change or remove them",
    )
}

/// The time at which updates are to start, on infrastructures about each of which there are these windows.
pub(super) fn time_of(
    when: ScheduleTime,
    windows: &[Vec<&WindowSet>],
    now: Timestamp,
) -> Result<Timestamp, DeployerError> {
    let at = match when {
        ScheduleTime::NextWindow => return first_opening(windows, now),
        ScheduleTime::At(at) => at,
    };
    check_time(at, now)?;
    let refused = windows.iter().find_map(|sets| decide(sets.iter().copied(), at).refusal());
    match refused {
        Some(refusal) => Err(refusal.error_at(at)),
        None => Ok(at),
    }
}

/// The first time from `from` on at which updates of all these infrastructures may start.
fn first_opening(windows: &[Vec<&WindowSet>], from: Timestamp) -> Result<Timestamp, DeployerError> {
    let mut sets: Vec<&WindowSet> = windows.iter().flatten().copied().collect();
    sets.sort_by(|one, other| one.scope.cmp(&other.scope));
    sets.dedup_by(|one, other| one.scope == other.scope);
    next_opening(sets, from).ok_or_else(|| {
        DeployerError::not_possible(
            "no time at which windows allow updates was found within a year",
            "change the windows, or name a time",
        )
    })
}

fn check_time(at: Timestamp, now: Timestamp) -> Result<(), DeployerError> {
    let farthest = now.as_millis().saturating_add_unsigned(FARTHEST);
    if at <= now {
        return Err(DeployerError::not_possible(
            format!("the time {at} has passed; it is {now}"),
            "give a later time, or update now",
        ));
    }
    if at.as_millis() > farthest {
        return Err(DeployerError::not_possible(
            format!("the time {at} is more than a year away"),
            "give an earlier time",
        ));
    }
    Ok(())
}

fn waits(old: &VersionedRecord<ScheduleRecord>) -> DeployerError {
    let ScheduleRecord { deployment, at, requester, .. } = &old.value;
    DeployerError::not_possible(
        format!("an update of deployment `{deployment}` waits for {at}, requested by {requester}"),
        "withdraw it first",
    )
}
