//! Windows that close while an update waits for others (B5).

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_core::InfraId;
use project_deployer_store::StoreError;
use tokio::time::sleep;

use super::steps::{Steps, Work};
use crate::causes::with_causes;
use crate::deployer::Deployer;
use crate::life::Phase;
use crate::read_model::Snapshot;
use crate::update::UpdateEvent;
use crate::windows::{WindowDecision, decide};

/// The pause before a store that does not answer is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Everybody who sees the update reads its log. Which windows cannot be read, and why, is for those who may remove them.
const UNKNOWN: &str = "whether windows allow it is unknown: they, or the infrastructure, cannot be read; those who may \
                       remove them see which, and why";

impl Steps {
    /// Asks the windows whether the update may begin now, and records it if they refuse. Windows that cannot be read
    /// refuse. A store that does not answer is asked again, as long as this process holds the lease: it refuses nothing.
    /// Returns how the work ends here if the update cannot begin in this process.
    pub(super) async fn ask_windows(&mut self) -> Result<Option<Work>, StoreError> {
        let deployer = self.deployer.clone();
        let life = Arc::clone(&deployer.inner.life);
        let model = tokio::select! {
            biased;
            // The next decision takes the cancel into account.
            () = self.cancel.requested() => return Ok(None),
            model = deployer.state_for_windows() => model?,
            () = life.reached(Phase::Draining) => return Ok(Some(Work::Open)),
        };
        let refused = match deployer.outside_windows(&model, &self.journal.plan.infra) {
            Ok(None) => return Ok(None),
            Ok(Some(refused)) => refused,
            Err(error) => {
                let (infra, error) = (&self.journal.plan.infra, with_causes(&error));
                tracing::warn!(%infra, %error, "whether windows allow an update is unknown");
                UNKNOWN.to_owned()
            }
        };
        let (at, break_glass) = (self.deployer.now(), self.journal.plan.break_glass.clone());
        let outside = UpdateEvent::OutsideWindow { at, refused, break_glass };
        match self.journal.append(outside).await {
            Err(StoreError::Conflict(_)) => self.heed_stored().await?,
            appended => appended?,
        }
        Ok(None)
    }
}

impl Deployer {
    /// The present state. What cannot pass by itself ends the work of this process on the update, which stays open.
    async fn state_for_windows(&self) -> Result<Arc<Snapshot>, StoreError> {
        loop {
            match self.snapshot().await {
                Ok(model) => return Ok(model),
                Err(error) if is_transient(&error) => sleep(PAUSE).await,
                Err(error) => return Err(StoreError::unavailable("read the windows", error)),
            }
        }
    }

    /// Why an update of an infrastructure may not start now, and what to do; none if it may. Windows of an infrastructure that is gone
    /// refuse nothing: what runs there says so.
    fn outside_windows(
        &self,
        model: &Snapshot,
        infra: &InfraId,
    ) -> Result<Option<String>, DeployerError> {
        let Some(infra) = model.infra(infra)? else { return Ok(None) };
        match decide(model.windows_of(&infra.value)?, self.now()) {
            WindowDecision::Allowed => Ok(None),
            WindowDecision::Refused(refusal) => Ok(Some(refusal.error().to_string())),
        }
    }
}

/// Whether the store may answer later, by the first of its errors in the causes. Readers of one moment share an error.
fn is_transient(error: &DeployerError) -> bool {
    let mut cause = error.source();
    while let Some(found) = cause {
        let shared = || found.downcast_ref::<Arc<StoreError>>().map(|shared| &**shared);
        if let Some(error) = found.downcast_ref::<StoreError>().or_else(shared) {
            return error.is_transient();
        }
        cause = found.source();
    }
    false
}
