use std::collections::BTreeSet;

use futures::future::join_all;
use project_deployer_client::NodeConnector;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::{InfraId, Login};
use project_deployer_ldap::matching::{LocationId, Role};
use serde::Serialize;

use super::scope::ParityScope;
use crate::readiness::{Needs, PermissionCheck, node_facts, permission_checks};

/// The permissions of the acting logins on the nodes of an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InfraPermissions {
    /// The infrastructure.
    pub infra: InfraId,
    /// One check for each node, login and action.
    pub permission_checks: Vec<PermissionCheck>,
}

/// Queries the nodes of a scope for the permissions of their acting logins: a login that is present
/// may still lack permissions. `more` has further needs of each infrastructure, such as the folders
/// and connections of its deployments and bundles. An infrastructure with unknown settings has no
/// entry.
pub async fn infra_permissions(
    scope: &ParityScope,
    more: impl Fn(&InfraSettings) -> Needs,
    nodes: &dyn NodeConnector,
) -> Vec<InfraPermissions> {
    let known = scope.infras.iter().filter_map(|(_, settings)| settings.as_ref().ok());
    let asked = known.map(|settings| {
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

/// The deploy-as user, or the requesters who act on the nodes themselves (R-S7).
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
