use project_deployer_core::messages::Severity;

use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::{Findings, without_hint};
use crate::readiness::needs::Needs;
use crate::readiness::permission_checks::{PermissionResult, log_in};

/// What the node's users alone say. A report of login parity knows more, and takes the place of this:
/// see [`Readiness::with_login_parity`](crate::readiness::Readiness::with_login_parity).
pub(super) fn login_parity(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    if let Err(kind) = &facts.users {
        // Of a key that is not accepted enough is said.
        if facts.key.is_ok() {
            let what = format!("its users are not told: {}", without_hint(kind));
            findings.note(Severity::Warning, what, kind.hint());
        }
        return;
    }
    let acting = needs.acting.iter().map(|login| (login, "deploys"));
    let run_as = needs.run_as.iter().map(|login| (login, "is whom scenarios or webapps run as"));
    for (login, role) in acting.chain(run_as) {
        if let PermissionResult::No { severity, what, remedy } = log_in(facts, login, role) {
            findings.note(severity, what, remedy);
        }
    }
}
