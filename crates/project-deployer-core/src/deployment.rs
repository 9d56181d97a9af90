//! Deployments: a bundle of a published project on an infrastructure, with settings.

mod code_envs;
mod creation;
mod settings;
mod written;

pub use code_envs::{CodeEnvsBehavior, EnvSpecificationMode, ImportTimeMode};
pub use creation::DeploymentCreation;
pub use settings::{BundleContainerSettings, DeploymentSettings};
pub use written::WrittenSettings;

#[cfg(test)]
mod tests;
