use project_deployer_core::Login;
use project_deployer_core::messages::Severity;

use super::instance::without_mend;
use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::Findings;
use crate::readiness::needs::Needs;

/// What the node's users alone say. A report of login parity knows more, and takes the place of this:
/// see [`Readiness::with_login_parity`](crate::readiness::Readiness::with_login_parity).
pub(super) fn login_parity(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    if let Err(kind) = &facts.users {
        // Of a key that is not accepted enough is said.
        if facts.key.is_ok() {
            let what = format!("its users are not told: {}", without_mend(kind));
            findings.note(Severity::Warning, what, kind.mend());
        }
        return;
    }
    let acting = needs.acting.iter().map(|login| (login, "deploys"));
    let run_as = needs.run_as.iter().map(|login| (login, "is whom scenarios or webapps run as"));
    for (login, role) in acting.chain(run_as) {
        match facts.user(login) {
            Some(user) if user.enabled => {}
            Some(_) => findings.note(
                Severity::Error,
                format!("user `{login}` is disabled"),
                "enable the user there",
            ),
            None => absent(facts, login, role, findings),
        }
    }
}

fn absent(facts: &NodeFacts, login: &Login, role: &str, findings: &mut Findings<'_>) {
    let address = facts.entry.address_for_people();
    let address = address.map_or_else(|| facts.entry.label(), ToString::to_string);
    findings.note(
        Severity::Error,
        format!("there is no user `{login}`, who {role}"),
        format!(
            "if a directory supplies the user, log in once at {address}, else create the user there"
        ),
    );
}
