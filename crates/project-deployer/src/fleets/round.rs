//! Synchronizes fleets in the background, each on its interval.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;

use super::sync::Wanting;
use super::{FleetRecord, FleetSettings, FleetState, FleetStateRecord};
use crate::background::Looking;
use crate::deployer::Deployer;
use crate::life::Phase;

/// How many fleets are synchronized at once.
const AT_ONCE: usize = 8;

/// The rounds of synchronizing them.
struct Synchronizing;

impl Looking for Synchronizing {
    const PAUSE: Duration = Duration::from_secs(10);
    const OBJECT: &str = "fleets";
    const FAILED: &str = "fleets could not be looked at";

    async fn look(&mut self, deployer: &Deployer) -> Result<(), DeployerError> {
        deployer.sync_due_fleets().await.map(drop)
    }
}

impl Deployer {
    /// Synchronizes fleets on their intervals, from now on, in the background, until the last clone of this Deployer is
    /// gone or it is [shut down](Self::shutdown). A failure is recorded with the fleet, and the next round continues.
    pub fn sync_fleets_always(&self) {
        self.in_rounds(Synchronizing);
    }

    /// Synchronizes the fleets whose time has come. Returns how many it read. Of several processes one does so.
    ///
    /// # Errors
    ///
    /// The store does not answer. A fleet that does not is no error: its state says so.
    pub async fn sync_due_fleets(&self) -> Result<usize, DeployerError> {
        let now = self.now();
        let repository = &self.inner.repository;
        let fleets = repository.readable_below::<FleetRecord>("").await?;
        let enabled = fleets.into_iter().filter(|fleet| fleet.0.enabled);
        let work = enabled.map(|FleetRecord(fleet)| async move {
            let id = &fleet.id;
            let (life, object) = (&self.inner.life, format!("fleet/{id}"));
            match self.sync_if_due(&fleet, now).await {
                Ok(was_read) => {
                    if was_read {
                        life.is_well(&object);
                    }
                    was_read
                }
                Err(error) => {
                    if life.is_news(&object, &error.to_string()) {
                        tracing::warn!(fleet = %id, %error, "a fleet is not synchronized");
                    }
                    false
                }
            }
        });
        // One that answers slowly, or never, does not keep the others waiting.
        let read: Vec<bool> = stream::iter(work).buffer_unordered(AT_ONCE).collect().await;
        Ok(read.into_iter().filter(|was_read| *was_read).count())
    }

    /// Returns whether it was read.
    async fn sync_if_due(
        &self,
        fleet: &FleetSettings,
        now: Timestamp,
    ) -> Result<bool, DeployerError> {
        if self.inner.life.has_reached(Phase::Draining) {
            return Ok(false);
        }
        let state = self.inner.repository.find::<FleetStateRecord>(&fleet.id).await?;
        if !state.is_none_or(|state| is_due(fleet, &state.value.0, now)) {
            return Ok(false);
        }
        self.sync_fleet(&fleet.id, Wanting::Rounds).await.map(|_| true)
    }
}

/// Whether its interval is over.
fn is_due(fleet: &FleetSettings, state: &FleetState, now: Timestamp) -> bool {
    let interval = fleet.interval_seconds.saturating_mul(1000);
    // A clock that went back is no reason to wait.
    state.read.is_none_or(|read| now < read || now.millis_since(read) >= interval)
}
