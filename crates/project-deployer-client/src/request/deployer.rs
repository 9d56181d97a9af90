//! The Project Deployer's own API (wire-facts 2.1), one file per kind of object. The number of a
//! request's row is at the end of its documentation.

pub mod bundles;
pub mod deployments;
mod documents;
pub mod infras;
pub mod projects;
pub mod testing;
pub mod updates;

use project_deployer_core::stage::StageCatalogue;

use super::{Call, NodeRequest};
use crate::remote::MonitoredDeployment;

/// The stages in order. 1
pub fn stages() -> Call<StageCatalogue> {
    NodeRequest::get("list stages", &["project-deployer", "stages"]).reading(documents::stages)
}

/// All project deployments as Unified Monitoring sees them (wire-facts 2.14).
pub fn monitoring() -> Call<Vec<MonitoredDeployment>> {
    let segments = ["unified-monitoring", "deployer", "projects"];
    NodeRequest::get("list monitored deployments", &segments).list().reading(documents::status)
}

#[cfg(test)]
mod tests;
