//! Deployments: which bundle of which published project belongs on which infrastructure, and how.

mod creation;
mod settings;

pub use creation::DeploymentCreation;
pub use settings::{
    BundleContainerSettings, CodeEnvsBehavior, DeploymentSettings, EnvSpecificationMode,
    ImportTimeMode,
};

#[cfg(test)]
mod tests;
