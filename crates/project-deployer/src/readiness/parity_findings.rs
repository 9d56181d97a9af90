use project_deployer_core::InfraId;
use project_deployer_core::messages::Severity;
use project_deployer_ldap::matching::{Breadth, LocationId, ParityReport, Presence};

use super::finding::{Check, Finding};

/// What a report of login parity says about the nodes of one infrastructure, as far as its
/// deployments need the logins.
#[must_use]
pub fn parity_findings(report: &ParityReport, infra: &InfraId) -> Vec<Finding> {
    let here = report.findings_of(Breadth::Needed).filter(|finding| match &finding.place.id {
        LocationId::Node { infra: of, .. } => of == infra,
        LocationId::Deployer => false,
    });
    here.map(|finding| Finding {
        check: Check::LoginParity,
        node: Some(match &finding.place.id {
            LocationId::Node { node: Some(node), .. } => node.to_string(),
            place => place.to_string(),
        }),
        severity: match finding.presence {
            Presence::Unknown { .. } => Severity::Warning,
            _ => Severity::Error,
        },
        what: format!("login `{}`: {}", finding.login, finding.presence),
        remedy: finding.remedy.to_string(),
    })
    .collect()
}
