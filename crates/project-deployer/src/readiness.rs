//! Readiness: whether the nodes of an infrastructure can take its deployments.
//!
//! [`Needs`] is what the deployments require, [`NodeFacts`] what a node reports. Every check is a
//! pure function of both, in a file of its own under `readiness/checks`. [`check_infra`] collects
//! the facts and runs all checks.

mod checks;
mod facts;
mod finding;
mod gather;
mod needs;
mod parity_findings;
mod permission_checks;

use futures::future::join_all;
use project_deployer_client::NodeConnector;
use project_deployer_core::infra::InfraSettings;

pub use self::checks::judge_node;
pub use self::facts::{ActingLoginFacts, NodeFacts};
pub use self::finding::{Check, Finding, Readiness};
pub use self::needs::{NeededCodeEnv, NeededConnection, Needs, SharedKey};
pub use self::parity_findings::parity_findings;
pub use self::permission_checks::{Action, PermissionCheck, PermissionResult, permission_checks};

/// Checks all nodes of an infrastructure at the same time, with their admin keys. It changes
/// nothing.
pub async fn check_infra(
    infra: &InfraSettings,
    needs: &Needs,
    connector: &dyn NodeConnector,
) -> Readiness {
    let nodes = node_facts(infra, needs, connector).await;
    let mut findings = infra_findings(infra, needs);
    findings.extend(nodes.iter().flat_map(|facts| judge_node(facts, needs)));
    Readiness { infra: infra.id.clone(), findings }
}

/// The findings that no node has to be asked for.
pub(crate) fn infra_findings(infra: &InfraSettings, needs: &Needs) -> Vec<Finding> {
    let mut findings = checks::granted_groups(infra, needs);
    findings.extend(checks::hooks(infra, needs));
    findings.extend(checks::project_keys(needs));
    findings
}

/// Fetches the facts of all nodes of an infrastructure, for [`judge_node`] and
/// [`permission_checks`]. It changes nothing.
pub async fn node_facts(
    infra: &InfraSettings,
    needs: &Needs,
    connector: &dyn NodeConnector,
) -> Vec<NodeFacts> {
    let entries = infra.target.entries().iter();
    join_all(entries.map(|entry| gather::gather(entry, needs, connector))).await
}
