use std::fmt;

use async_trait::async_trait;
use project_deployer::DeployerSession;
use project_deployer::client::RemoteDeployer;
use project_deployer::core::InfraId;
use project_deployer::maintenance::{Maintenance, MaintenanceRequest, MaintenanceScope};
use project_deployer::rotation::KeyRotation;

use super::no_call;
use crate::failure::Failure;

const INSTEAD: &str = "use the console or `/api/v1/maintenance`, or --data on its machine";

/// Maintenance of infrastructures, stages and everything, and the rotation of keys. The public API has no calls for them.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
#[async_trait]
pub(crate) trait Upkeep: fmt::Debug + Send + Sync {
    async fn list_maintenance(&self) -> Result<Vec<Maintenance>, Failure>;
    async fn begin_maintenance(&self, request: MaintenanceRequest) -> Result<Maintenance, Failure>;
    async fn finish_maintenance(&self, scope: &MaintenanceScope) -> Result<(), Failure>;
    async fn rotate_keys(&self, id: &InfraId) -> Result<KeyRotation, Failure>;
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

    async fn rotate_keys(&self, id: &InfraId) -> Result<KeyRotation, Failure> {
        Ok(self.rotate_node_keys(id).await?)
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

    async fn rotate_keys(&self, id: &InfraId) -> Result<KeyRotation, Failure> {
        let instead = "use `/api/v1/infrastructures/ID/rotate-key`, or --data on its machine";
        Err(no_call(&format!("rotate the keys of infrastructure `{id}`"), instead))
    }
}
