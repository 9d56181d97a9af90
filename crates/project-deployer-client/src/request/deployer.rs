//! The Project Deployer's own API (wire-facts 2.1), one file per kind of object. The number of a
//! request's row is at the end of its documentation.

pub mod bundles;
pub mod deployments;
pub mod infras;
pub mod projects;
pub mod testing;
pub mod updates;

use super::NodeRequest;

/// The stages in order. 1
pub fn stages() -> NodeRequest {
    NodeRequest::get("list stages", &["project-deployer", "stages"])
}

/// All project deployments as Unified Monitoring sees them (wire-facts 2.14).
pub fn monitoring() -> NodeRequest {
    let segments = ["unified-monitoring", "deployer", "projects"];
    NodeRequest::get("list monitored deployments", &segments).list()
}

#[cfg(test)]
mod tests;
