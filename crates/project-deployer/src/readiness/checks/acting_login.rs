use project_deployer_core::messages::Severity;

use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::Findings;
use crate::readiness::needs::Needs;
use crate::readiness::permission_checks::{
    Action, PermissionCheck, PermissionResult, permission_checks,
};

/// Of logins that the node knows and lets in; what is wrong with others is said elsewhere.
pub(super) fn impersonation(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    note(facts, needs, findings, |action| matches!(action, Action::BeImpersonated));
}

/// Present is not yet permitted: who acts may have to create projects, and to use connections.
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
        let told_elsewhere = is_told_elsewhere(facts, &permission_check);
        match permission_check.result {
            PermissionResult::Yes => {}
            PermissionResult::No { severity, what, remedy } => {
                findings.note(severity, what, remedy)
            }
            PermissionResult::Unknown { .. } if told_elsewhere => {}
            PermissionResult::Unknown { what, remedy } => {
                findings.note(Severity::Warning, what, remedy);
            }
        }
    }
}

/// What is not told of the whole node is said once, not for each login: its connections by their own
/// check, its key by that of the key. That a release tells nothing of profiles is no finding.
fn is_told_elsewhere(facts: &NodeFacts, permission_check: &PermissionCheck) -> bool {
    match &permission_check.action {
        Action::HoldProfile => true,
        Action::UseConnection(_) => facts.resources.is_err() || facts.key.is_err(),
        _ => facts.key.is_err(),
    }
}
