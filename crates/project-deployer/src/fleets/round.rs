//! Synchronizes fleets in the background, each on its interval.

use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;

use super::sync::Wanting;
use super::{FleetRecord, FleetSettings, FleetState, FleetStateRecord};
use crate::background::Rounds;
use crate::deployer::Deployer;
use crate::life::{Life, Phase, caught};

/// The pause between two looks at which fleets are due.
const PAUSE: Duration = Duration::from_secs(10);

/// The rounds of synchronizing them.
struct Synchronizing;

impl Rounds for Synchronizing {
    async fn round(&mut self, deployer: &Deployer) {
        let life = &deployer.inner.life;
        let error = match caught(deployer.sync_due_fleets()).await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => error.to_string(),
            Err(panicked) => panicked.to_string(),
        };
        if life.is_news("fleets", &error) {
            tracing::error!(%error, "fleets could not be looked at; the next round tries again");
        }
    }

    async fn pause(&mut self, life: &Life) -> bool {
        life.next_round(PAUSE).await
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
        let mut read = 0;
        for FleetRecord(fleet) in fleets.into_iter().filter(|fleet| fleet.0.enabled) {
            if self.inner.life.has_reached(Phase::Draining) {
                return Ok(read);
            }
            let state = repository.find::<FleetStateRecord>(&fleet.id).await?;
            if !state.is_none_or(|state| is_due(&fleet, &state.value.0, now)) {
                continue;
            }
            match self.sync_fleet(&fleet.id, Wanting::Rounds).await {
                Ok(_) => read += 1,
                Err(error) => {
                    let object = format!("fleet/{}", fleet.id);
                    if self.inner.life.is_news(&object, &error.to_string()) {
                        tracing::warn!(fleet = %fleet.id, %error, "a fleet is not synchronized");
                    }
                }
            }
        }
        Ok(read)
    }
}

/// Whether its interval is over.
fn is_due(fleet: &FleetSettings, state: &FleetState, now: Timestamp) -> bool {
    let interval = fleet.interval_seconds.saturating_mul(1000);
    // A clock that went back is no reason to wait.
    state.read.is_none_or(|read| now < read || now.millis_since(read) >= interval)
}
