use project_deployer_core::messages::Severity;

use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::Findings;
use crate::readiness::needs::Needs;
use crate::readiness::permits::{Deed, Permit, Verdict, permits};

/// Of logins that the node knows and lets in; what is wrong with others is said elsewhere.
pub(super) fn impersonation(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    note(facts, needs, findings, |deed| matches!(deed, Deed::BeActedAs));
}

/// Present is not yet permitted: who acts may have to create projects, and to use connections.
pub(super) fn acting_login(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    note(facts, needs, findings, |deed| {
        matches!(
            deed,
            Deed::HoldProfile | Deed::CreateProjects | Deed::UseRootFolder | Deed::UseConnection(_)
        )
    });
}

pub(super) fn folder(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    note(facts, needs, findings, |deed| matches!(deed, Deed::UseFolder(_)));
}

fn note(
    facts: &NodeFacts,
    needs: &Needs,
    findings: &mut Findings<'_>,
    concerns: impl Fn(&Deed) -> bool,
) {
    for permit in permits(facts, needs).into_iter().filter(|permit| concerns(&permit.to)) {
        let told_elsewhere = is_told_elsewhere(facts, &permit);
        match permit.verdict {
            Verdict::Yes => {}
            Verdict::No { severity, what, remedy } => findings.note(severity, what, remedy),
            Verdict::CouldNotTell { .. } if told_elsewhere => {}
            Verdict::CouldNotTell { what, remedy } => {
                findings.note(Severity::Warning, what, remedy);
            }
        }
    }
}

/// What is not told of the whole node is said once, not for each login: its connections by their own
/// check, its key by that of the key. That a release tells nothing of profiles is no finding.
fn is_told_elsewhere(facts: &NodeFacts, permit: &Permit) -> bool {
    match &permit.to {
        Deed::HoldProfile => true,
        Deed::UseConnection(_) => facts.resources.is_err() || facts.key.is_err(),
        _ => facts.key.is_err(),
    }
}
