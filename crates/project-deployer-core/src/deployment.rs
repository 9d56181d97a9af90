//! Deployments: which bundle of which published project belongs on which infrastructure, and how.

mod code_envs;
mod creation;
mod settings;

pub use code_envs::{CodeEnvsBehavior, EnvSpecificationMode, ImportTimeMode};
pub use creation::DeploymentCreation;
pub use settings::{BundleContainerSettings, DeploymentSettings};

#[cfg(test)]
mod tests;
