//! Infrastructures: the targets of deployments, with the rights on them.

mod node;
mod policy;
mod settings;
mod validation;

pub use node::{NodeEntry, NodeSettings, Target};
pub use policy::{GovernCheckPolicy, PermissionsPropagationPolicy};
pub use settings::{Hook, Hooks, InfraSettings};

#[cfg(test)]
mod tests;
