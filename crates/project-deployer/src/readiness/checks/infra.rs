use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::Severity;

use crate::readiness::finding::{Check, Finding, Findings};
use crate::readiness::needs::{Needs, listed};

/// Updates are refused while an infrastructure has hooks (R-H4).
pub(in crate::readiness) fn hooks(infra: &InfraSettings, needs: &Needs) -> Vec<Finding> {
    let mut findings = Findings::new(Check::Hooks, None);
    if !infra.hooks.is_empty() {
        let severity = if needs.updates_here { Severity::Error } else { Severity::Warning };
        findings.note(
            severity,
            "it has hooks: Project Deployer runs none, and refuses updates as long as it has them",
            "remove the hooks, or update with a Deployer that runs them",
        );
    }
    findings.found
}

/// Of several deployments that write one project, only the owner updates (wire-facts 9.4).
pub(in crate::readiness) fn project_keys(needs: &Needs) -> Vec<Finding> {
    let mut findings = Findings::new(Check::ProjectKeys, None);
    for (key, shared) in &needs.shared_keys {
        let older = listed(&shared.superseded);
        let (what, remedy) = match &shared.owner {
            Some(owner) => (
                format!(
                    "several deployments write project `{key}`: {owner} owns it, superseded: {older}"
                ),
                "delete the superseded deployments",
            ),
            None => {
                (format!("several deployments write project `{key}`: {older}"), "keep one of them")
            }
        };
        findings.note(Severity::Warning, what, remedy);
    }
    findings.found
}
