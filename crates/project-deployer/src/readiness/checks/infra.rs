use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::Severity;

use crate::hooks::PlannedHooks;
use crate::readiness::finding::{Check, Finding, Findings};
use crate::readiness::needs::{Needs, listed};

/// Updates are refused while an infrastructure has hooks of which this program runs no kind (R-H4). Whether programs and
/// registered hooks are there is known to the Deployer alone.
pub(in crate::readiness) fn hooks(infra: &InfraSettings, needs: &Needs) -> Vec<Finding> {
    let mut findings = Findings::new(Check::Hooks, None);
    let severity = if needs.updates_here { Severity::Error } else { Severity::Warning };
    for what in PlannedHooks::read(&infra.hooks).err().unwrap_or_default() {
        let what = format!("updates are refused because of a hook: {what}");
        findings.note(severity, what, "change or remove the hook in the settings");
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
