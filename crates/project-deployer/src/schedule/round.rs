//! Starts the updates whose time has come.

use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;
use project_deployer_store::Commit;

use super::{LATEST, ScheduleOutcome, may_pass};
use crate::background::Looking;
use crate::deployer::Deployer;
use crate::state::{RecordCommit as _, ScheduleRecord, VersionedRecord};

/// How long an outcome is kept, in milliseconds: 30 days.
pub(crate) const KEPT: u64 = 30 * 24 * 3600 * 1000;

/// The lease of whoever starts them.
const LEASE: &str = "schedule";

/// The rounds of starting them.
struct Starting;

impl Looking for Starting {
    const PAUSE: Duration = Duration::from_secs(5);
    const OBJECT: &str = LEASE;
    const FAILED: &str = "scheduled updates could not be looked at";

    async fn look(&mut self, deployer: &Deployer) -> Result<(), DeployerError> {
        deployer.start_scheduled().await
    }
}

impl Deployer {
    /// Starts scheduled updates when their time comes, from now on, in the background, until the last clone of this
    /// Deployer is gone or it is [shut down](Self::shutdown). A failure is logged, and the next round continues.
    pub fn start_scheduled_always(&self) {
        self.in_rounds(Starting);
    }

    /// Starts the scheduled updates whose time has come, and forgets those that came long ago. One process at a time
    /// does so; beside another one this does nothing.
    ///
    /// # Errors
    ///
    /// The store does not answer.
    pub async fn start_scheduled(&self) -> Result<(), DeployerError> {
        let now = self.now();
        let all = self.inner.repository.readable_below::<ScheduleRecord>("").await?;
        if !all.iter().any(|record| is_due(record, now)) {
            return Ok(());
        }
        let taken = self.take_unless_held(LEASE, "scheduled updates").await?;
        let Ok(keeper) = taken else { return Ok(()) };
        let due = all.into_iter().filter(|record| is_due(record, now));
        let work = async {
            for record in due {
                // One that fails stops no other.
                if let Err(error) = self.settle(&record, now).await {
                    tracing::warn!(deployment = %record.deployment, %error, "a scheduled update is tried again");
                }
            }
            Ok(())
        };
        keeper.until_done("scheduled updates", work).await
    }

    async fn settle(&self, listed: &ScheduleRecord, now: Timestamp) -> Result<(), DeployerError> {
        let repository = &self.inner.repository;
        let found = repository.find::<ScheduleRecord>(listed.deployment.as_str()).await?;
        let Some(found) = found.filter(|found| is_due(&found.value, now)) else { return Ok(()) };
        if found.value.outcome.is_some() {
            return repository.commit_unaudited(Commit::new().remove(&found)).await;
        }
        let late = now.millis_since(found.value.at);
        let refused = if late > LATEST {
            let at = found.value.at;
            Some(format!(
                "it could not start within an hour after {at}: no Deployer ran that runs its hooks, or another update or a maintenance did"
            ))
        } else {
            self.start_now(&found).await
        };
        let Some(reason) = refused else { return Ok(()) };
        tracing::warn!(deployment = %found.value.deployment, reason, "a scheduled update is refused");
        let outcome = Some(ScheduleOutcome::Refused { at: now, reason });
        let settled = ScheduleRecord { outcome, ..found.value.clone() };
        repository.commit_unaudited(Commit::new().replace(&found, &settled)?).await
    }

    /// Starts it. Returns why it is refused, if it is; one that may start a little later is not.
    async fn start_now(&self, found: &VersionedRecord<ScheduleRecord>) -> Option<String> {
        let deployment = found.value.deployment.clone();
        let session = self.acting_as_user(found.value.requester.clone());
        match session.start_scheduled(found.clone()).await {
            Ok(true) => None,
            Ok(false) => {
                tracing::info!(%deployment, "a scheduled update waits for a Deployer that runs its hooks");
                None
            }
            Err(error) if may_pass(&error) => {
                tracing::info!(%deployment, %error, "a scheduled update waits");
                None
            }
            Err(error) => Some(error.to_string()),
        }
    }
}

/// Whether something is to be done: its time has come, or its outcome is old.
fn is_due(record: &ScheduleRecord, now: Timestamp) -> bool {
    let settled = match &record.outcome {
        None => return record.at <= now,
        Some(ScheduleOutcome::Started { start }) => *start,
        Some(ScheduleOutcome::Refused { at, .. }) => *at,
    };
    now > settled && now.millis_since(settled) > KEPT
}
