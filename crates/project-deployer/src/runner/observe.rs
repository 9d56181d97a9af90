use project_deployer_client::{AutomationNode, NodeError};
use project_deployer_core::ProjectKey;
use project_deployer_core::health::ObservedDeployment;
use project_deployer_core::sync::{DesiredState, ObservedState, compare};

/// Reads the state of a project from a node, as far as the desired state can be compared with it.
///
/// # Errors
///
/// The node does not answer.
pub(crate) async fn observe(
    node: &dyn AutomationNode,
    key: &ProjectKey,
    desired: &DesiredState,
) -> Result<ObservedState, NodeError> {
    let mut observed = ObservedState::new(node.project(key).await?);
    if observed.project.is_some() {
        let configuration = node.project_configuration(key).await?;
        observed.container_settings = configuration.container_settings;
        observed.variables = configuration.variables;
        let permissions = configuration.permissions;
        observed.authorized_objects = permissions.authorized_objects();
        observed.authorized_objects_unreadable = permissions.has_unreadable_authorized_objects();
        observed.scenarios = node.scenarios(key).await?;
        // Several calls for each webapp, which only this setting needs.
        if desired.webapps_run_as.is_some() {
            observed.webapps = node.webapps(key).await?;
        }
    }
    Ok(observed)
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
    let observed = observe(node, key, desired).await?;
    let sync = compare(desired, &observed);
    Ok(ObservedDeployment::new(sync, observed.scenarios))
}
