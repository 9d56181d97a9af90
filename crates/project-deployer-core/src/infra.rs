//! Infrastructures: the targets of deployments, with the rights on them.

mod hooks;
mod node;
mod policy;
mod settings;
mod validation;

pub use hooks::{Hook, HookPhase, Hooks};
pub use node::{NodeEntry, NodeSettings, Target};
pub use policy::{GovernCheckPolicy, PermissionsPropagationPolicy};
pub use settings::InfraSettings;

#[cfg(test)]
mod tests;
