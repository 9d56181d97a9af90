use std::collections::BTreeSet;

use futures::future::join_all;
use project_deployer_client::NodeConnector;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::{InfraId, Login};
use project_deployer_ldap::matching::{LocationId, Role};
use serde::Serialize;

use super::scope::ParityScope;
use crate::readiness::{Needs, PermissionCheck, node_facts, permission_checks};

/// What those who act on the nodes of an infrastructure may do there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InfraPermissions {
    /// The infrastructure.
    pub infra: InfraId,
    /// One entry for each node, login and action.
    pub permission_checks: Vec<PermissionCheck>,
}

/// Present is not yet permitted: asks the nodes of a scope what the logins that act on them may do
/// there. `more` are the needs of an infrastructure beyond who acts on it: folders and connections, as
/// bundles and deployments have them. An infrastructure whose settings are not told has no entry.
pub async fn permitted(
    scope: &ParityScope,
    more: impl Fn(&InfraSettings) -> Needs,
    nodes: &dyn NodeConnector,
) -> Vec<InfraPermissions> {
    let told = scope.infras.iter().filter_map(|(_, settings)| settings.as_ref().ok());
    let asked = told.map(|settings| {
        let mut needs = more(settings);
        needs.acting.extend(acting(scope, &settings.id));
        async move {
            let facts = node_facts(settings, &needs, nodes).await;
            InfraPermissions {
                infra: settings.id.clone(),
                permission_checks: facts
                    .iter()
                    .flat_map(|facts| permission_checks(facts, &needs))
                    .collect(),
            }
        }
    });
    join_all(asked).await
}

/// The deploy-as users and the requesters who act on the nodes themselves (R-S7).
fn acting(scope: &ParityScope, infra: &InfraId) -> BTreeSet<Login> {
    let settings = scope.infras.iter().find(|(id, _)| id == infra);
    let nodes = settings.and_then(|(_, settings)| settings.as_ref().ok()).into_iter();
    let nodes: Vec<LocationId> = nodes
        .flat_map(|settings| settings.target.entries())
        .map(|entry| LocationId::Node { infra: infra.clone(), node: entry.node_id.clone() })
        .collect();
    let acts = scope.needs.iter().filter(|need| {
        matches!(need.role, Role::Requester | Role::DeployAs)
            && nodes.iter().any(|node| need.at.include(node))
    });
    acts.map(|need| need.login.clone()).collect()
}
