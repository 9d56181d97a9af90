use std::fmt;

use async_trait::async_trait;
use project_deployer::DeployerSession;
use project_deployer::client::RemoteDeployer;
use project_deployer::core::{FleetId, InfraId, NodeId};
use project_deployer::fleets::{FleetOverview, FleetPlan, FleetSettings, FleetSync, ManagedInfra};

use super::no_call;
use crate::failure::Failure;

const INSTEAD: &str = "use the console or `/api/v1/fleets`, or --data on its machine";

/// Fleets whose nodes register themselves. The public API has no calls for them.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
#[async_trait]
pub(crate) trait Fleets: fmt::Debug + Send + Sync {
    async fn list_fleets(&self) -> Result<Vec<FleetOverview>, Failure>;
    async fn show_fleet(&self, id: &FleetId) -> Result<FleetOverview, Failure>;
    async fn new_fleet(&self, settings: &FleetSettings) -> Result<(), Failure>;
    async fn change_fleet(&self, settings: &FleetSettings) -> Result<(), Failure>;
    async fn drop_fleet(&self, id: &FleetId) -> Result<(), Failure>;
    async fn plan_of_fleet(&self, id: &FleetId) -> Result<FleetPlan, Failure>;
    async fn synchronize(&self, id: &FleetId) -> Result<FleetSync, Failure>;
    async fn confirm(&self, id: &FleetId, answer: &str) -> Result<FleetSync, Failure>;
    async fn adopt(
        &self,
        fleet: &FleetId,
        infra: &InfraId,
        node: Option<&NodeId>,
    ) -> Result<ManagedInfra, Failure>;
    async fn release(&self, fleet: &FleetId, infra: &InfraId) -> Result<(), Failure>;
}

#[async_trait]
impl Fleets for DeployerSession {
    async fn list_fleets(&self) -> Result<Vec<FleetOverview>, Failure> {
        Ok(self.fleets().await?)
    }

    async fn show_fleet(&self, id: &FleetId) -> Result<FleetOverview, Failure> {
        Ok(self.fleet(id).await?.value)
    }

    async fn new_fleet(&self, settings: &FleetSettings) -> Result<(), Failure> {
        Ok(self.create_fleet(settings).await?)
    }

    async fn change_fleet(&self, settings: &FleetSettings) -> Result<(), Failure> {
        Ok(self.save_fleet(settings).await?)
    }

    async fn drop_fleet(&self, id: &FleetId) -> Result<(), Failure> {
        Ok(self.delete_fleet(id).await?)
    }

    async fn plan_of_fleet(&self, id: &FleetId) -> Result<FleetPlan, Failure> {
        Ok(self.plan_fleet(id).await?)
    }

    async fn synchronize(&self, id: &FleetId) -> Result<FleetSync, Failure> {
        Ok(self.sync_fleet(id).await?)
    }

    async fn confirm(&self, id: &FleetId, answer: &str) -> Result<FleetSync, Failure> {
        Ok(self.confirm_fleet(id, answer).await?)
    }

    async fn adopt(
        &self,
        fleet: &FleetId,
        infra: &InfraId,
        node: Option<&NodeId>,
    ) -> Result<ManagedInfra, Failure> {
        Ok(self.adopt_infra(fleet, infra, node).await?)
    }

    async fn release(&self, fleet: &FleetId, infra: &InfraId) -> Result<(), Failure> {
        Ok(self.release_infra(fleet, infra).await?)
    }
}

#[async_trait]
impl Fleets for RemoteDeployer {
    async fn list_fleets(&self) -> Result<Vec<FleetOverview>, Failure> {
        Err(no_call("list fleets", INSTEAD))
    }

    async fn show_fleet(&self, _: &FleetId) -> Result<FleetOverview, Failure> {
        Err(no_call("show fleets", INSTEAD))
    }

    async fn new_fleet(&self, _: &FleetSettings) -> Result<(), Failure> {
        Err(no_call("create fleets", INSTEAD))
    }

    async fn change_fleet(&self, _: &FleetSettings) -> Result<(), Failure> {
        Err(no_call("edit fleets", INSTEAD))
    }

    async fn drop_fleet(&self, _: &FleetId) -> Result<(), Failure> {
        Err(no_call("delete fleets", INSTEAD))
    }

    async fn plan_of_fleet(&self, _: &FleetId) -> Result<FleetPlan, Failure> {
        Err(no_call("plan fleets", INSTEAD))
    }

    async fn synchronize(&self, _: &FleetId) -> Result<FleetSync, Failure> {
        Err(no_call("synchronize fleets", INSTEAD))
    }

    async fn confirm(&self, _: &FleetId, _: &str) -> Result<FleetSync, Failure> {
        Err(no_call("confirm answers of fleets", INSTEAD))
    }

    async fn adopt(
        &self,
        _: &FleetId,
        _: &InfraId,
        _: Option<&NodeId>,
    ) -> Result<ManagedInfra, Failure> {
        Err(no_call("give infrastructures to fleets", INSTEAD))
    }

    async fn release(&self, _: &FleetId, _: &InfraId) -> Result<(), Failure> {
        Err(no_call("release infrastructures from fleets", INSTEAD))
    }
}
