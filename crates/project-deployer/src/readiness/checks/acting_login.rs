use project_deployer_core::messages::Severity;

use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::Findings;
use crate::readiness::needs::Needs;
use crate::readiness::permission_checks::{
    Action, PermissionCheck, PermissionResult, permission_checks,
};

/// Checks logins that exist on the node and are enabled; other logins have findings of their own
/// check.
pub(super) fn impersonation(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    note(facts, needs, findings, |action| matches!(action, Action::BeImpersonated));
}

/// A login that is present may lack permissions: to create projects, or to use connections.
pub(super) fn acting_login(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    note(facts, needs, findings, |action| {
        matches!(
            action,
            Action::HoldProfile
                | Action::CreateProjects
                | Action::UseRootFolder
                | Action::UseConnection(_)
        )
    });
}

pub(super) fn folder(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    note(facts, needs, findings, |action| matches!(action, Action::UseFolder(_)));
}

fn note(
    facts: &NodeFacts,
    needs: &Needs,
    findings: &mut Findings<'_>,
    concerns: impl Fn(&Action) -> bool,
) {
    for permission_check in permission_checks(facts, needs)
        .into_iter()
        .filter(|permission_check| concerns(&permission_check.action))
    {
        let reported_elsewhere = is_reported_elsewhere(facts, &permission_check);
        match permission_check.result {
            PermissionResult::Yes => {}
            PermissionResult::No { severity, what, remedy } => {
                findings.note(severity, what, remedy)
            }
            PermissionResult::Unknown { .. } if reported_elsewhere => {}
            PermissionResult::Unknown { what, remedy } => {
                findings.note(Severity::Warning, what, remedy);
            }
        }
    }
}

/// What is unknown for the whole node is reported once, not for each login: connections by their
/// own check, the key by the check of the key. A release that does not report profiles is no
/// finding.
fn is_reported_elsewhere(facts: &NodeFacts, permission_check: &PermissionCheck) -> bool {
    match &permission_check.action {
        Action::HoldProfile => true,
        Action::UseConnection(_) => facts.resources.is_err() || facts.key.is_err(),
        _ => facts.key.is_err(),
    }
}
