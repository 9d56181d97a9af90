use std::fmt;

use async_trait::async_trait;
use project_deployer::DeployerSession;
use project_deployer::client::RemoteDeployer;
use project_deployer::maintenance::{Maintenance, MaintenanceRequest, MaintenanceScope};

use super::no_call;
use crate::failure::Failure;

const INSTEAD: &str = "use the console or `/api/v1/maintenance`, or --data on its machine";

/// Maintenance of infrastructures, stages and everything. The public API has no calls for it.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
#[async_trait]
pub(crate) trait Upkeep: fmt::Debug + Send + Sync {
    async fn list_maintenance(&self) -> Result<Vec<Maintenance>, Failure>;
    async fn begin_maintenance(&self, request: MaintenanceRequest) -> Result<Maintenance, Failure>;
    async fn finish_maintenance(&self, scope: &MaintenanceScope) -> Result<(), Failure>;
}

#[async_trait]
impl Upkeep for DeployerSession {
    async fn list_maintenance(&self) -> Result<Vec<Maintenance>, Failure> {
        Ok(self.maintenances().await?)
    }

    async fn begin_maintenance(&self, request: MaintenanceRequest) -> Result<Maintenance, Failure> {
        Ok(self.start_maintenance(request).await?)
    }

    async fn finish_maintenance(&self, scope: &MaintenanceScope) -> Result<(), Failure> {
        Ok(self.end_maintenance(scope).await?)
    }
}

#[async_trait]
impl Upkeep for RemoteDeployer {
    async fn list_maintenance(&self) -> Result<Vec<Maintenance>, Failure> {
        Err(no_call("list maintenance", INSTEAD))
    }

    async fn begin_maintenance(&self, _: MaintenanceRequest) -> Result<Maintenance, Failure> {
        Err(no_call("start maintenance", INSTEAD))
    }

    async fn finish_maintenance(&self, _: &MaintenanceScope) -> Result<(), Failure> {
        Err(no_call("end maintenance", INSTEAD))
    }
}
