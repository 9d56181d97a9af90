//! What an Automation node reports about itself and its projects (wire-facts 3).

mod authorized;
mod future;
mod permissions;
mod project;
mod resources;
mod scenario;
mod webapp;

pub use authorized::AuthorizedObjects;
pub use future::{FutureOutcome, FutureState};
pub use permissions::{Dropped, ProjectPermission, ProjectPermissions, propagate};
pub use project::{ImportedBundle, NodeProject, ProjectFolder, ProjectVariables};
pub use resources::{
    AuthInfo, CodeEnv, CodeEnvLog, InstanceInfo, NodeConnection, NodeResources, NodeType, Plugin,
};
pub use scenario::{Scenario, ScenarioOutcome};
pub use webapp::{Webapp, WebappBackend};

#[cfg(test)]
mod tests;
