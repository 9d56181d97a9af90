//! What an Automation node reports about itself and its projects (wire-facts 3).

mod future;
mod permissions;
mod project;
mod resources;
mod scenario;

pub use future::{FutureOutcome, FutureState};
pub use permissions::{Dropped, ProjectPermission, ProjectPermissions, propagate};
pub use project::{ImportedBundle, NodeProject, ProjectFolder, ProjectVariables};
pub use resources::{
    AuthInfo, CodeEnv, InstanceInfo, NodeConnection, NodeResources, NodeType, Plugin,
};
pub use scenario::{Scenario, ScenarioOutcome};

#[cfg(test)]
mod tests;
