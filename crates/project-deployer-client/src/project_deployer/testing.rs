use std::fmt;

use async_trait::async_trait;
use project_deployer_core::status::TestingStatus;
use project_deployer_core::{BundleId, DeploymentId, NodeId};

use super::{DeployerError, not_offered};

/// Test scenarios of a deployment (rows 28 and 29).
///
/// # Errors
///
/// As for [`ProjectDeployer`](super::ProjectDeployer).
#[async_trait]
pub trait TestingOperations: fmt::Debug + Send + Sync {
    /// How the test scenarios ended on a node. 28
    async fn testing_status(
        &self,
        id: &DeploymentId,
        bundle: Option<&BundleId>,
        node: Option<&NodeId>,
    ) -> Result<TestingStatus, DeployerError> {
        Err(not_offered("testing_status", (id, bundle, node)))
    }

    /// Runs the test scenarios on a node and waits for their end. 29
    async fn run_test_scenarios(
        &self,
        id: &DeploymentId,
        node: Option<&NodeId>,
    ) -> Result<TestingStatus, DeployerError> {
        Err(not_offered("run_test_scenarios", (id, node)))
    }
}
