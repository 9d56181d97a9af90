use project_deployer_core::infra::InfraSettings;
use project_deployer_core::messages::Severity;

use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::{Check, Finding, Findings, without_hint};
use crate::readiness::needs::Needs;

/// A right of a group that does not exist has no effect until the group is created.
pub(in crate::readiness) fn granted_groups(infra: &InfraSettings, needs: &Needs) -> Vec<Finding> {
    let mut findings = Findings::new(Check::Groups, None);
    let Some(known) = &needs.deployer_groups else { return findings.found };
    for grant in infra.permissions.iter().filter(|grant| !known.contains(&grant.group)) {
        findings.note(
            Severity::Warning,
            format!("group `{}` has rights and does not exist on the Deployer", grant.group),
            "create the group, or remove its rights",
        );
    }
    findings.found
}

/// The node ignores users and groups that it does not have (R-S4).
pub(super) fn permissions(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    let remedy = "create what is missing there, or accept that these permissions are not set";
    for login in &needs.permission_users {
        if facts.users.is_ok() && facts.user(login).is_none() {
            let what = format!("permissions of user `{login}` are left out: no such user");
            findings.note(Severity::Warning, what, remedy);
        }
    }
    if needs.permission_groups.is_empty() {
        return;
    }
    match &facts.groups {
        Ok(groups) => {
            for name in &needs.permission_groups {
                if !groups.iter().any(|group| group.name == *name) {
                    let what = format!("permissions of group `{name}` are left out: no such group");
                    findings.note(Severity::Warning, what, remedy);
                }
            }
        }
        Err(kind) => {
            let what = format!("its groups are unknown: {}", without_hint(kind));
            findings.note(Severity::Warning, what, kind.hint());
        }
    }
}
