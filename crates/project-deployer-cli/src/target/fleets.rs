//! Fleets. Over HTTP a Deployer of this project has them.

mod facts;

use std::fmt;

use project_deployer::core::{FleetId, InfraId, NodeId};
use project_deployer::fleets::FleetSettings;
use project_deployer_client::request::frontend::fleets;
use serde_json::Value;

pub(crate) use self::facts::{FleetFacts, FleetWork, LineFacts};
use super::{Face, service};
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
impl Face {
    pub(crate) async fn list_fleets(&self) -> Result<Vec<FleetFacts>, Failure> {
        match self {
            Self::Engine(session) => {
                Ok(session.fleets().await?.into_iter().map(Into::into).collect())
            }
            Self::Remote(remote) => {
                let found = service::call(remote, &fleets::list(), "list fleets").await?;
                Ok(found.into_iter().map(Into::into).collect())
            }
        }
    }

    pub(crate) async fn show_fleet(&self, id: &FleetId) -> Result<FleetFacts, Failure> {
        match self {
            Self::Engine(session) => Ok(session.fleet(id).await?.value.into()),
            Self::Remote(remote) => {
                Ok(service::call(remote, &fleets::show(id), "show fleets").await?.into())
            }
        }
    }

    pub(crate) async fn new_fleet(&self, file: &FleetFile) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.create_fleet(&file.settings).await?),
            Self::Remote(remote) => {
                service::call(remote, &fleets::create(&file.document), "create fleets").await?;
                Ok(())
            }
        }
    }

    pub(crate) async fn change_fleet(&self, file: &FleetFile) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.save_fleet(&file.settings).await?),
            Self::Remote(remote) => {
                let call = fleets::save(&file.settings.id, &file.document);
                service::call(remote, &call, "edit fleets").await
            }
        }
    }

    pub(crate) async fn drop_fleet(&self, id: &FleetId) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.delete_fleet(id).await?),
            Self::Remote(remote) => {
                service::call(remote, &fleets::delete(id), "delete fleets").await
            }
        }
    }

    pub(crate) async fn plan_of_fleet(&self, id: &FleetId) -> Result<FleetWork, Failure> {
        match self {
            Self::Engine(session) => Ok(session.plan_fleet(id).await?.into()),
            Self::Remote(remote) => {
                Ok(service::call(remote, &fleets::plan(id), "plan fleets").await?.into())
            }
        }
    }

    pub(crate) async fn synchronize(&self, id: &FleetId) -> Result<FleetWork, Failure> {
        match self {
            Self::Engine(session) => Ok(session.sync_fleet(id).await?.into()),
            Self::Remote(remote) => {
                Ok(service::call(remote, &fleets::sync(id), "synchronize fleets").await?.into())
            }
        }
    }

    pub(crate) async fn confirm(&self, id: &FleetId, answer: &str) -> Result<FleetWork, Failure> {
        match self {
            Self::Engine(session) => Ok(session.confirm_fleet(id, answer).await?.into()),
            Self::Remote(remote) => {
                let call = fleets::confirm(id, answer);
                Ok(service::call(remote, &call, "confirm answers of fleets").await?.into())
            }
        }
    }

    pub(crate) async fn adopt(
        &self,
        fleet: &FleetId,
        infra: &InfraId,
        node: Option<&NodeId>,
    ) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => {
                session.adopt_infra(fleet, infra, node).await?;
                Ok(())
            }
            Self::Remote(remote) => {
                let call = fleets::adopt(fleet, infra, node);
                service::call(remote, &call, "give infrastructures to fleets").await?;
                Ok(())
            }
        }
    }

    pub(crate) async fn release(&self, fleet: &FleetId, infra: &InfraId) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.release_infra(fleet, infra).await?),
            Self::Remote(remote) => {
                let call = fleets::release(fleet, infra);
                service::call(remote, &call, "take infrastructures from fleets").await
            }
        }
    }
}
