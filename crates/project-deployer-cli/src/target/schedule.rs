//! Updates at a given time: a Deployer of this project has them on its machine; the public API has no call for them.

use std::fmt;

use async_trait::async_trait;
use project_deployer::DeployerSession;
use project_deployer::client::RemoteDeployer;
use project_deployer::core::{DeploymentId, Timestamp};
use project_deployer::schedule::ScheduledUpdate;

use super::no_call;
use crate::failure::Failure;

const INSTEAD: &str = "give --data on the machine of the Deployer, or call its `/api/v1`";

/// Updates at a given time.
#[async_trait]
pub(crate) trait Schedule: fmt::Debug + Send + Sync {
    async fn schedule(&self, id: &DeploymentId, at: Timestamp) -> Result<ScheduledUpdate, Failure>;
    async fn scheduled(&self) -> Result<Vec<ScheduledUpdate>, Failure>;
    async fn unschedule(&self, id: &DeploymentId) -> Result<(), Failure>;
}

#[async_trait]
impl Schedule for DeployerSession {
    async fn schedule(&self, id: &DeploymentId, at: Timestamp) -> Result<ScheduledUpdate, Failure> {
        Ok(self.schedule_update(id, at).await?)
    }

    async fn scheduled(&self) -> Result<Vec<ScheduledUpdate>, Failure> {
        Ok(self.scheduled_updates().await?)
    }

    async fn unschedule(&self, id: &DeploymentId) -> Result<(), Failure> {
        Ok(self.unschedule_update(id).await?)
    }
}

#[async_trait]
impl Schedule for RemoteDeployer {
    async fn schedule(&self, id: &DeploymentId, _: Timestamp) -> Result<ScheduledUpdate, Failure> {
        Err(no_call(&format!("update `{id}` at a given time"), INSTEAD))
    }

    async fn scheduled(&self) -> Result<Vec<ScheduledUpdate>, Failure> {
        Err(no_call("list updates that wait for their time", INSTEAD))
    }

    async fn unschedule(&self, id: &DeploymentId) -> Result<(), Failure> {
        Err(no_call(&format!("withdraw the update of `{id}`"), INSTEAD))
    }
}
