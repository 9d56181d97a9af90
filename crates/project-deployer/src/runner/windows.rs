//! Windows that close while an update waits for others (B5).

use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_core::InfraId;
use project_deployer_store::StoreError;
use tokio::time::sleep;

use super::steps::Steps;
use crate::causes::with_causes;
use crate::deployer::Deployer;
use crate::update::UpdateEvent;
use crate::windows::{WindowDecision, decide};

/// How often windows that cannot be read are read again, and the pause before.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(2);

impl Steps {
    /// Asks the windows whether the update may begin now, and records it if they refuse. Windows that cannot be read refuse.
    pub(super) async fn ask_windows(&mut self) -> Result<(), StoreError> {
        let mut attempt = 1;
        let refused = loop {
            match self.deployer.outside_windows(&self.journal.plan.infra).await {
                Ok(None) => return Ok(()),
                Ok(Some(refused)) => break refused,
                Err(error) if attempt == ATTEMPTS => {
                    break format!("whether windows allow it is unknown: {}", with_causes(&error));
                }
                Err(_) => {
                    attempt += 1;
                    sleep(PAUSE).await;
                }
            }
        };
        let (at, break_glass) = (self.deployer.now(), self.journal.plan.break_glass.clone());
        let outside = UpdateEvent::OutsideWindow { at, refused, break_glass };
        match self.journal.append(outside).await {
            Err(StoreError::Conflict(_)) => self.heed_stored().await,
            appended => appended,
        }
    }
}

impl Deployer {
    /// Why an update of an infrastructure may not start now, and what to do; none if it may. Windows of an infrastructure that is gone
    /// refuse nothing: what runs there says so.
    async fn outside_windows(&self, infra: &InfraId) -> Result<Option<String>, DeployerError> {
        let model = self.snapshot().await?;
        let Some(infra) = model.infra(infra)? else { return Ok(None) };
        match decide(model.windows_of(&infra.value)?, self.now()) {
            WindowDecision::Allowed => Ok(None),
            WindowDecision::Refused(refusal) => Ok(Some(refusal.error().to_string())),
        }
    }
}
