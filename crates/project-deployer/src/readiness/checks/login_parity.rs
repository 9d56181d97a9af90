use project_deployer_core::messages::Severity;

use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::{Findings, without_hint};
use crate::readiness::needs::Needs;
use crate::readiness::permission_checks::{PermissionResult, log_in};

/// Checks logins against the users of the node only. A report of login parity has more facts and
/// replaces these findings: see
/// [`Readiness::with_login_parity`](crate::readiness::Readiness::with_login_parity).
pub(super) fn login_parity(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    if let Err(kind) = &facts.users {
        // A key that is not accepted has a finding already.
        if facts.key.is_ok() {
            let what = format!("its users are unknown: {}", without_hint(kind));
            findings.note(Severity::Warning, what, kind.hint());
        }
        return;
    }
    let acting = needs.acting.iter().map(|login| (login, "deploys"));
    let run_as =
        needs.run_as.iter().map(|login| (login, "is the run-as user of scenarios or webapps"));
    for (login, role) in acting.chain(run_as) {
        if let PermissionResult::No { severity, what, remedy } = log_in(facts, login, role) {
            findings.note(severity, what, remedy);
        }
    }
}
