//! One file per check. A new one is a function in [`CHECKS`].

mod acting_login;
mod address;
mod admin_key;
mod bundle_needs;
mod groups;
mod infra;
mod instance;
mod login_parity;

use super::facts::NodeFacts;
use super::finding::{Check, Finding, Findings};
use super::needs::Needs;

pub(super) use self::groups::granted_groups;
pub(super) use self::infra::{hooks, project_keys};

type CheckFn = fn(&NodeFacts, &Needs, &mut Findings<'_>);

/// Every check of a node, in the order of the findings.
const CHECKS: [(Check, CheckFn); 16] = [
    (Check::Address, address::address),
    (Check::Tls, address::tls),
    (Check::Reachability, instance::reachability),
    (Check::AdminKey, admin_key::admin_key),
    (Check::NodeType, instance::node_type),
    (Check::Version, instance::version),
    (Check::Impersonation, acting_login::impersonation),
    (Check::LoginParity, login_parity::login_parity),
    (Check::ActingLogin, acting_login::acting_login),
    (Check::Folder, acting_login::folder),
    (Check::Permissions, groups::permissions),
    (Check::Connections, bundle_needs::connections),
    (Check::CodeEnvs, bundle_needs::code_envs),
    (Check::Plugins, bundle_needs::plugins),
    (Check::UpstreamProjects, bundle_needs::upstream_projects),
    (Check::BundleArchives, bundle_needs::archives),
];

/// Runs every check on the facts of a node. A node that does not answer has no other finding.
#[must_use]
pub fn judge_node(facts: &NodeFacts, needs: &Needs) -> Vec<Finding> {
    let node = facts.entry.label();
    let silent = facts.is_silent();
    let applies = |check: Check| {
        !silent || matches!(check, Check::Address | Check::Tls | Check::Reachability)
    };
    let run = |(check, judge): (Check, CheckFn)| {
        let mut findings = Findings::new(check, Some(&node));
        judge(facts, needs, &mut findings);
        findings.found
    };
    CHECKS.into_iter().filter(|(check, _)| applies(*check)).flat_map(run).collect()
}
