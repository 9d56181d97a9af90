use project_deployer_client::{AutomationNode, NodeError};
use project_deployer_core::ProjectKey;
use project_deployer_core::health::ObservedDeployment;
use project_deployer_core::sync::{DesiredState, ObservedState, compare};

/// Reads the state of a project from a node.
///
/// # Errors
///
/// The node does not answer.
async fn observe(node: &dyn AutomationNode, key: &ProjectKey) -> Result<ObservedState, NodeError> {
    let project = node.project(key).await?;
    if project.is_none() {
        return Ok(ObservedState {
            project,
            container_settings: Default::default(),
            variables: Default::default(),
            scenarios: Vec::new(),
        });
    }
    let configuration = node.project_configuration(key).await?;
    Ok(ObservedState {
        project,
        container_settings: configuration.container_settings,
        variables: configuration.variables,
        scenarios: node.scenarios(key).await?,
    })
}

/// Reads the state of a project from a node, and compares it with the desired state.
///
/// # Errors
///
/// The node does not answer.
pub(crate) async fn observe_deployment(
    node: &dyn AutomationNode,
    key: &ProjectKey,
    desired: &DesiredState,
) -> Result<ObservedDeployment, NodeError> {
    let observed = observe(node, key).await?;
    let sync = compare(desired, &observed);
    Ok(ObservedDeployment { sync, scenarios: observed.scenarios })
}
