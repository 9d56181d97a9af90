//! Applies the files whose time has come.

use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;
use project_deployer_store::Commit;

use super::{EstateScheduleOutcome, EstateScheduleRecord, last_number};
use crate::background::Looking;
use crate::causes::with_causes;
use crate::deployer::Deployer;
use crate::estate::EstateError;
use crate::schedule::{LATEST, may_pass};
use crate::state::{RecordCommit as _, VersionedRecord};

/// The lease of whoever applies them.
const LEASE: &str = "estate-schedule";

/// The rounds of applying them.
struct Applying;

impl Looking for Applying {
    const PAUSE: Duration = Duration::from_secs(5);
    const OBJECT: &str = LEASE;
    const FAILED: &str = "scheduled files of the estate could not be looked at";

    async fn look(&mut self, deployer: &Deployer) -> Result<(), DeployerError> {
        deployer.apply_scheduled().await
    }
}

impl Deployer {
    /// Applies scheduled files of the estate when their time comes, from now on, in the background, until the last clone of
    /// this Deployer is gone or it is [shut down](Self::shutdown). A failure is logged, and the next round continues.
    pub fn apply_scheduled_always(&self) {
        self.in_rounds(Applying);
    }

    /// Applies the scheduled files whose time has come, goes on with those that another process has begun, and forgets
    /// those that came long ago. One process at a time does so; beside another one this does nothing.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn apply_scheduled(&self) -> Result<(), DeployerError> {
        let now = self.now();
        let all = self.inner.repository.below::<EstateScheduleRecord>("").await?;
        // The last one stays, so that no later one gets its id.
        let last = last_number(&all);
        for (id, error) in all.unreadable {
            tracing::warn!(id, %error, "a scheduled file of the estate cannot be read");
        }
        let all = all.readable;
        let is_due = |record: &EstateScheduleRecord| {
            is_due(record, now) && (record.outcome.is_none() || record.number() != last)
        };
        if !all.iter().any(is_due) {
            return Ok(());
        }
        let taken = self.take_unless_held(LEASE, "scheduled files").await?;
        let Ok(keeper) = taken else { return Ok(()) };
        let due = all.into_iter().filter(is_due);
        let work = async {
            for record in due {
                // One that fails stops no other.
                if let Err(error) = self.settle_file(&record.id, now).await {
                    tracing::warn!(id = record.id, %error, "a scheduled file of the estate is tried again");
                }
            }
            Ok(())
        };
        keeper.until_done("scheduled files", work).await
    }

    async fn settle_file(&self, id: &str, now: Timestamp) -> Result<(), DeployerError> {
        let Some(found) = self.due_file(id, now).await? else { return Ok(()) };
        let repository = &self.inner.repository;
        if found.value.outcome.is_some() {
            return repository.commit_unaudited(Commit::new().remove(&found)).await;
        }
        let is_late = found.value.begun.is_none() && now.millis_since(found.value.at) > LATEST;
        let outcome = if is_late {
            let at = found.value.at;
            let reason =
                format!("it could not be applied within an hour after {at}: no Deployer ran");
            Some(EstateScheduleOutcome::Refused { at: now, reason })
        } else {
            self.apply_file(&found).await
        };
        let Some(outcome) = outcome else { return Ok(()) };
        if let EstateScheduleOutcome::Refused { reason, .. }
        | EstateScheduleOutcome::Stopped { reason, .. } = &outcome
        {
            tracing::warn!(id, reason, "a scheduled file of the estate was not applied");
        }
        // It was written in between, when it began.
        let Some(found) = self.due_file(id, now).await? else { return Ok(()) };
        let settled = found.value.settled(outcome);
        repository.commit_unaudited(Commit::new().replace(&found, &settled)?).await
    }

    async fn due_file(
        &self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<VersionedRecord<EstateScheduleRecord>>, DeployerError> {
        let found = self.inner.repository.find::<EstateScheduleRecord>(id).await?;
        Ok(found.filter(|found| is_due(&found.value, now)))
    }

    /// Notes that it is applied from now on. Each of its changes has a record of its own.
    pub(crate) async fn begin_file(
        &self,
        found: &VersionedRecord<EstateScheduleRecord>,
    ) -> Result<(), DeployerError> {
        let begun = EstateScheduleRecord { begun: Some(self.now()), ..found.value.clone() };
        let commit = Commit::new().replace(found, &begun)?;
        self.inner.repository.commit_unaudited(commit).await
    }

    /// What became of it; none if it is tried again, by this process or another one.
    async fn apply_file(
        &self,
        found: &VersionedRecord<EstateScheduleRecord>,
    ) -> Option<EstateScheduleOutcome> {
        let session = self.acting_as_user(found.value.requester.clone());
        let at = self.now();
        match session.apply_scheduled_estate(found).await {
            Ok(outcome) => Some(outcome),
            Err(_) if self.inner.life.begin().is_err() => None,
            Err(EstateError::Deployer(error)) if may_pass(&error) => {
                tracing::info!(id = found.value.id, %error, "a scheduled file of the estate waits");
                None
            }
            // What another process had begun may be written in part.
            Err(error)
                if found.value.begun.is_some() || matches!(error, EstateError::Stopped { .. }) =>
            {
                let reason = with_causes(&error);
                Some(EstateScheduleOutcome::Stopped { at, reason })
            }
            Err(error) => Some(EstateScheduleOutcome::Refused { at, reason: with_causes(&error) }),
        }
    }
}

/// Whether something is to be done: its time has come, or its outcome is old.
fn is_due(record: &EstateScheduleRecord, now: Timestamp) -> bool {
    match &record.outcome {
        None => record.at <= now,
        Some(_) => record.is_forgotten(now),
    }
}
