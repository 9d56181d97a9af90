//! Files of the estate that are applied at a given time.

use std::collections::BTreeSet;

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::Timestamp;
use project_deployer_store::Commit;
use serde_json::json;

use super::schedule::time_of;
use super::{DeployerSession, View};
use crate::audit::{Action, Change};
use crate::estate::{
    Estate, EstateAccess, EstateError, EstatePlan, EstateScheduleOutcome, EstateScheduleRecord,
    EstateSecrets, ObservedEstate, ScheduledEstate, TEXTS, WantedEstate, last_number,
};
use crate::schedule::ScheduleTime;
use crate::state::{Record as _, RecordCommit as _, VersionedRecord};

/// How many files wait at most.
const MOST: usize = 20;

impl DeployerSession {
    /// Applies a file of the estate at a given time, or in the next window of all infrastructures that it updates, with the rights that the caller has then (M16). `plan` is what this
    /// session planned of the file.
    ///
    /// When the time comes, the file is planned again. It is applied if that plan is equal and nothing that it relies on has
    /// changed. Otherwise nothing is written, and [`scheduled_estates`](Self::scheduled_estates) says why. Whichever
    /// process runs at that time applies it; if that one ends in between, another one goes on. The secrets that the file
    /// names are kept sealed until then.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, no user of this Deployer, or acts in the name of another one; the plan has
    /// blockers or no change; the time has passed or is more than a year away; 20 files wait; or the store does not answer.
    pub async fn schedule_estate(
        &self,
        estate: &Estate,
        plan: &EstatePlan,
        secrets: &EstateSecrets,
        at: impl Into<ScheduleTime>,
    ) -> Result<ScheduledEstate, DeployerError> {
        let when = at.into();
        let work = async {
            let view = self.accounts().await?;
            self.acts_for_itself()?;
            let requested = self.deployer.now();
            is_plannable(plan)?;
            let at = view.time_of_plan(when, plan, requested)?;
            let all = self.repository().below::<EstateScheduleRecord>("").await?;
            if all.readable.iter().filter(|record| record.outcome.is_none()).count() >= MOST {
                return Err(DeployerError::not_possible(
                    format!("{MOST} files of the estate wait for their time"),
                    "withdraw one of them first",
                ));
            }
            // Another one that is scheduled at the same time fails, and is repeated by its caller.
            let id = last_number(&all).unwrap_or_default().saturating_add(1).to_string();
            let wanted = WantedEstate {
                estate: estate.clone(),
                options: plan.options().clone(),
                basis: plan.basis().clone(),
                digest: plan.digest(),
                secrets: secrets.clone(),
            };
            let record = EstateScheduleRecord {
                id,
                requester: view.login.clone(),
                requested,
                at,
                wanted: Some(wanted),
                changes: EstateScheduleRecord::changes_of(plan),
                texts: TEXTS,
                begun: None,
                outcome: None,
            };
            let change =
                Change::of(Action::Schedule, EstateScheduleRecord::KIND.name(), &record.id);
            let change = change.with_after(json!({"at": at, "changes": record.change_names()}));
            self.commit(Commit::new().create(&record)?, change).await?;
            Ok(record.into())
        };
        self.attempt(Action::Schedule, named(""), work).await
    }

    /// The files of the estate that wait for their time, and for 30 days those that did.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the store does not answer.
    pub async fn scheduled_estates(&self) -> Result<Vec<ScheduledEstate>, DeployerError> {
        self.accounts().await?;
        let all = self.repository().readable_below::<EstateScheduleRecord>("").await?;
        let now = self.deployer.now();
        let shown = all.into_iter().filter(|record| !record.is_forgotten(now));
        let mut all: Vec<ScheduledEstate> = shown.map(Into::into).collect();
        all.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
        Ok(all)
    }

    /// Withdraws a file of the estate that waits for its time. It is listed as withdrawn for 30 days.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, no such file waits, or the store does not answer.
    pub async fn unschedule_estate(&self, id: &str) -> Result<(), DeployerError> {
        let work = async {
            let view = self.accounts().await?;
            let found = self.repository().find::<EstateScheduleRecord>(id).await?;
            let is_waiting =
                |record: &EstateScheduleRecord| record.outcome.is_none() && record.begun.is_none();
            let waiting = found.filter(|found| is_waiting(&found.value)).ok_or_else(|| {
                DeployerError::not_possible(
                    format!("no file of the estate `{id}` waits for its time"),
                    "look at the scheduled files",
                )
            })?;
            let change = Change::of(Action::Unschedule, EstateScheduleRecord::KIND.name(), &id);
            let change = change.with_before(json!({"at": waiting.value.at}));
            let (at, reason) = (self.deployer.now(), format!("`{}` withdrew it", view.login));
            let outcome = EstateScheduleOutcome::Withdrawn { at, reason };
            let settled = waiting.value.settled(outcome);
            self.commit(Commit::new().replace(&waiting, &settled)?, change).await
        };
        self.attempt(Action::Unschedule, named(id), work).await
    }

    /// Applies a file whose time has come, if its plan is the one that was requested.
    pub(crate) async fn apply_scheduled_estate(
        &self,
        found: &VersionedRecord<EstateScheduleRecord>,
    ) -> Result<EstateScheduleOutcome, EstateError> {
        let is_begun = found.value.begun.is_some();
        let refused = |reason: String| {
            let at = self.deployer.now();
            match is_begun {
                false => EstateScheduleOutcome::Refused { at, reason },
                true => EstateScheduleOutcome::Stopped { at, reason },
            }
        };
        self.accounts().await?;
        let Some(wanted) = &found.value.wanted else {
            return Ok(refused("its file is not there any more; schedule it again".to_owned()));
        };
        let access = EstateAccess::Engine(self);
        let observed = ObservedEstate::read(access, &wanted.estate, &wanted.options).await?;
        let mut plan = EstatePlan::of(&wanted.estate, &observed, &wanted.secrets, &wanted.options);
        if let Some(reason) = found.value.refuses(wanted, &plan) {
            return Ok(refused(reason));
        }
        plan.check(access).await?;
        if is_begun {
            // It began within its window. Half of its changes would be worse than updates that are refused one by one.
            plan.forget_windows();
        }
        if let Some(first) = plan.blockers().next() {
            let what = format!("{} `{}`: {}", first.kind.noun(), first.id, first.what);
            return Ok(refused(format!("the plan has a blocker: {what}")));
        }
        if !is_begun {
            self.deployer.begin_file(found).await?;
        }
        let applied = plan.apply(access, &wanted.estate, &wanted.secrets, &|_| {}).await?;
        let is_well = |ended: &Result<_, _>| {
            use project_deployer_core::status::UpdateStatus::{Success, Warning};
            matches!(ended, Ok(Success | Warning))
        };
        let failed = applied.updates.iter().filter(|(_, ended)| !is_well(ended));
        Ok(EstateScheduleOutcome::Applied {
            at: self.deployer.now(),
            changes: applied.changes,
            updates: applied.updates.len(),
            failed_updates: failed.count(),
        })
    }
}

impl View {
    /// The time at which a plan is to be applied. Windows count if it starts updates, as they will be then.
    fn time_of_plan(
        &self,
        when: ScheduleTime,
        plan: &EstatePlan,
        now: Timestamp,
    ) -> Result<Timestamp, DeployerError> {
        let updated = plan.affected().iter().filter(|_| plan.options().deploy);
        let ids: BTreeSet<_> = updated.map(|settings| &settings.infra_id).collect();
        let mut windows = Vec::new();
        for id in ids {
            if let Some(infra) = self.settings_after(plan, id)? {
                windows.push(self.windows_after(plan, infra)?);
            }
        }
        if when == ScheduleTime::NextWindow && windows.is_empty() {
            return Err(DeployerError::not_possible(
                "the file starts no updates, so that no window counts",
                "apply it now, name a time, or let it deploy (`--deploy`, `deploy` of the API)",
            ));
        }
        time_of(when, &windows, now)
    }
}

/// That windows refuse updates now is no blocker of a later time.
fn is_plannable(plan: &EstatePlan) -> Result<(), DeployerError> {
    match (plan.lasting_blockers().count(), plan.is_empty()) {
        (0, false) => Ok(()),
        (0, true) => Err(DeployerError::not_possible(
            "the file changes nothing",
            "schedule a file that does",
        )),
        (blockers, _) => Err(DeployerError::not_possible(
            format!("the plan has {blockers} blockers"),
            "correct the file or the installation, and plan again",
        )),
    }
}

fn named(id: &str) -> ResourceRef {
    ResourceRef::new(EstateScheduleRecord::NOUN, id)
}
