//! What a program that embeds a Deployer needs nearly always: `use project_deployer::prelude::*;`.

pub use project_deployer_client::prelude::*;
pub use project_deployer_client::{
    DeployerError, InfraCreation, ProjectDeployer, Upload, Warnings,
};
pub use project_deployer_core::deployment::DeploymentCreation;
pub use project_deployer_core::rights::{Caller, InfraRight};

#[cfg(feature = "http")]
pub use project_deployer_client::HttpConnector;

pub use crate::{Deployer, DeployerSession};
