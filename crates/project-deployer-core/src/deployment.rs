//! Deployments: a bundle of a published project on an infrastructure, with settings.

mod code_envs;
mod creation;
mod settings;

pub use code_envs::{CodeEnvsBehavior, EnvSpecificationMode, ImportTimeMode};
pub use creation::DeploymentCreation;
pub use settings::{BundleContainerSettings, DeploymentSettings};

#[cfg(test)]
mod tests;
