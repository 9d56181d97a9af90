//! Fleets. Over HTTP a Deployer of this project has them.

mod facts;

use std::fmt;

use async_trait::async_trait;
use project_deployer::DeployerSession;
use project_deployer::client::RemoteDeployer;
use project_deployer::core::{FleetId, InfraId, NodeId};
use project_deployer::fleets::FleetSettings;
use project_deployer_client::request::frontend::fleets;
use serde_json::Value;

pub(crate) use self::facts::{FleetFacts, FleetWork, LineFacts};
use super::service;
use crate::failure::Failure;

/// Settings of a fleet as a file has them, with the secrets that the file names.
pub(crate) struct FleetFile {
    pub(crate) settings: FleetSettings,
    /// The same as a document. It holds secrets.
    pub(crate) document: Value,
}

impl fmt::Debug for FleetFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetFile").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Fleets whose nodes register themselves.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
#[async_trait]
pub(crate) trait Fleets: fmt::Debug + Send + Sync {
    async fn list_fleets(&self) -> Result<Vec<FleetFacts>, Failure>;
    async fn show_fleet(&self, id: &FleetId) -> Result<FleetFacts, Failure>;
    async fn new_fleet(&self, file: &FleetFile) -> Result<(), Failure>;
    async fn change_fleet(&self, file: &FleetFile) -> Result<(), Failure>;
    async fn drop_fleet(&self, id: &FleetId) -> Result<(), Failure>;
    async fn plan_of_fleet(&self, id: &FleetId) -> Result<FleetWork, Failure>;
    async fn synchronize(&self, id: &FleetId) -> Result<FleetWork, Failure>;
    async fn confirm(&self, id: &FleetId, answer: &str) -> Result<FleetWork, Failure>;
    async fn adopt(
        &self,
        fleet: &FleetId,
        infra: &InfraId,
        node: Option<&NodeId>,
    ) -> Result<(), Failure>;
    async fn release(&self, fleet: &FleetId, infra: &InfraId) -> Result<(), Failure>;
}

#[async_trait]
impl Fleets for DeployerSession {
    async fn list_fleets(&self) -> Result<Vec<FleetFacts>, Failure> {
        Ok(self.fleets().await?.into_iter().map(Into::into).collect())
    }

    async fn show_fleet(&self, id: &FleetId) -> Result<FleetFacts, Failure> {
        Ok(self.fleet(id).await?.value.into())
    }

    async fn new_fleet(&self, file: &FleetFile) -> Result<(), Failure> {
        Ok(self.create_fleet(&file.settings).await?)
    }

    async fn change_fleet(&self, file: &FleetFile) -> Result<(), Failure> {
        Ok(self.save_fleet(&file.settings).await?)
    }

    async fn drop_fleet(&self, id: &FleetId) -> Result<(), Failure> {
        Ok(self.delete_fleet(id).await?)
    }

    async fn plan_of_fleet(&self, id: &FleetId) -> Result<FleetWork, Failure> {
        Ok(self.plan_fleet(id).await?.into())
    }

    async fn synchronize(&self, id: &FleetId) -> Result<FleetWork, Failure> {
        Ok(self.sync_fleet(id).await?.into())
    }

    async fn confirm(&self, id: &FleetId, answer: &str) -> Result<FleetWork, Failure> {
        Ok(self.confirm_fleet(id, answer).await?.into())
    }

    async fn adopt(
        &self,
        fleet: &FleetId,
        infra: &InfraId,
        node: Option<&NodeId>,
    ) -> Result<(), Failure> {
        self.adopt_infra(fleet, infra, node).await?;
        Ok(())
    }

    async fn release(&self, fleet: &FleetId, infra: &InfraId) -> Result<(), Failure> {
        Ok(self.release_infra(fleet, infra).await?)
    }
}

#[async_trait]
impl Fleets for RemoteDeployer {
    async fn list_fleets(&self) -> Result<Vec<FleetFacts>, Failure> {
        let found = service::call(self, &fleets::list(), "list fleets").await?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    async fn show_fleet(&self, id: &FleetId) -> Result<FleetFacts, Failure> {
        Ok(service::call(self, &fleets::show(id), "show fleets").await?.into())
    }

    async fn new_fleet(&self, file: &FleetFile) -> Result<(), Failure> {
        service::call(self, &fleets::create(&file.document), "create fleets").await?;
        Ok(())
    }

    async fn change_fleet(&self, file: &FleetFile) -> Result<(), Failure> {
        let call = fleets::save(&file.settings.id, &file.document);
        service::call(self, &call, "edit fleets").await
    }

    async fn drop_fleet(&self, id: &FleetId) -> Result<(), Failure> {
        service::call(self, &fleets::delete(id), "delete fleets").await
    }

    async fn plan_of_fleet(&self, id: &FleetId) -> Result<FleetWork, Failure> {
        Ok(service::call(self, &fleets::plan(id), "plan fleets").await?.into())
    }

    async fn synchronize(&self, id: &FleetId) -> Result<FleetWork, Failure> {
        Ok(service::call(self, &fleets::sync(id), "synchronize fleets").await?.into())
    }

    async fn confirm(&self, id: &FleetId, answer: &str) -> Result<FleetWork, Failure> {
        let call = fleets::confirm(id, answer);
        Ok(service::call(self, &call, "confirm answers of fleets").await?.into())
    }

    async fn adopt(
        &self,
        fleet: &FleetId,
        infra: &InfraId,
        node: Option<&NodeId>,
    ) -> Result<(), Failure> {
        let call = fleets::adopt(fleet, infra, node);
        service::call(self, &call, "give infrastructures to fleets").await?;
        Ok(())
    }

    async fn release(&self, fleet: &FleetId, infra: &InfraId) -> Result<(), Failure> {
        let call = fleets::release(fleet, infra);
        service::call(self, &call, "take infrastructures from fleets").await
    }
}
