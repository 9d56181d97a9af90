use project_deployer_client::NodeErrorKind;
use project_deployer_core::messages::Severity;

use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::{Findings, without_hint};
use crate::readiness::needs::Needs;

const REMEDY: &str =
    "write the secret of an admin global API key of the node into the infrastructure";

/// Not every release reports whether a key is an administrator's. Only an administrator's key may
/// list users.
pub(super) fn admin_key(facts: &NodeFacts, _: &Needs, findings: &mut Findings<'_>) {
    let admin = facts.key.as_ref().map(|auth| auth.admin);
    match (admin, &facts.users) {
        (Err(NodeErrorKind::Unauthorized(_)), _) => {
            findings.note(Severity::Error, "it does not know the key", REMEDY);
        }
        (Err(kind), _) => findings.note(Severity::Error, without_hint(kind), kind.hint()),
        (Ok(Some(false)), _) | (Ok(_), Err(NodeErrorKind::Forbidden(_))) => {
            findings.note(Severity::Error, "the key is not a global administrator's", REMEDY);
        }
        (Ok(_), Ok(_)) => ends(facts, findings),
        (Ok(_), Err(kind)) => findings.note(
            Severity::Warning,
            format!("whether the key is an administrator's is unknown: {}", without_hint(kind)),
            kind.hint(),
        ),
    }
}

/// The check does not compare with today's date: a node does not accept an expired key.
fn ends(facts: &NodeFacts, findings: &mut Findings<'_>) {
    let (Ok(auth), Ok(rules)) = (&facts.key, &facts.rules) else { return };
    let ending = rules.ending_keys.iter().flatten();
    for (_, end) in ending.filter(|(id, _)| *id == auth.auth_identifier) {
        findings.note(
            Severity::Info,
            format!("the key expires at {end}"),
            "before that, create another admin global API key and write its secret into the infrastructure",
        );
    }
}
