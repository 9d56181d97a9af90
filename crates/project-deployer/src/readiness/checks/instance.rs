use project_deployer_core::messages::Severity;
use project_deployer_core::node::NodeType;

use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::{Findings, without_hint};
use crate::readiness::needs::Needs;

/// The oldest release whose public API documentation was used.
const OLDEST_MAJOR: u32 = 12;

pub(super) fn reachability(facts: &NodeFacts, _: &Needs, findings: &mut Findings<'_>) {
    if let Err(kind) = &facts.instance
        && facts.is_silent()
        && facts.entry.settings().is_some()
    {
        findings.note(Severity::Error, without_hint(kind), kind.hint());
    }
}

pub(super) fn node_type(facts: &NodeFacts, _: &Needs, findings: &mut Findings<'_>) {
    let Ok(instance) = &facts.instance else { return };
    match &instance.node_type {
        Some(NodeType::Automation) => {}
        Some(other) => findings.note(
            Severity::Error,
            format!("it is a {other} node, and bundles run on Automation nodes"),
            "write the address and key of an Automation node into the infrastructure",
        ),
        None => findings.note(
            Severity::Warning,
            "it does not report its node type",
            "make sure that the address is that of an Automation node",
        ),
    }
    if let (Some(expected), Some(found)) = (&facts.entry.node_id, &instance.node_id)
        && expected != found
    {
        findings.note(
            Severity::Warning,
            format!("it calls itself `{found}`, and the infrastructure calls it `{expected}`"),
            "correct the node id or the address in the infrastructure",
        );
    }
}

pub(super) fn version(facts: &NodeFacts, _: &Needs, findings: &mut Findings<'_>) {
    let Ok(instance) = &facts.instance else { return };
    let release = instance.dss_version.as_deref().unwrap_or_default();
    let major = release.split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_MAJOR => {}
        Some(_) => findings.note(
            Severity::Warning,
            format!("its version {release} is older than {OLDEST_MAJOR}"),
            "upgrade the node, or test a deployment first",
        ),
        None => findings.note(
            Severity::Info,
            "it does not report its version",
            "none needed if deployments succeed",
        ),
    }
}
