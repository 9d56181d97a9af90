//! The traits of a Deployer, for method calls: `use project_deployer_client::prelude::*;`.

pub use crate::project_deployer::{
    BundleOperations as _, DeploymentOperations as _, InfraOperations as _, ProjectDeployer as _,
    ProjectOperations as _, TestingOperations as _, UpdateOperations as _,
};
