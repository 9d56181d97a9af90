//! The status documents of the Project Deployer's API (wire-facts 2.4 to 2.12): what a caller
//! sees, including the rights of the caller (R-P13).

mod deployment;
mod infra;
mod project;
mod testing;
mod update;

pub use deployment::{DeploymentHeavyStatus, DeploymentLightStatus, DeploymentSummary, Monitoring};
pub use infra::{InfraBasicInfo, InfraStatus, NodeKeyCreation, NodeReference};
pub use project::{Package, ProjectBasicInfo, PublishedProjectStatus};
pub use testing::TestingStatus;
pub use update::{UpdateDetail, UpdateLogs, UpdateStatus, UpdateSummary};

#[cfg(test)]
mod tests;
