use project_deployer_core::InfraId;
use project_deployer_core::messages::Severity;
use project_deployer_ldap::matching::{Breadth, LocationId, ParityReport, Presence};

use super::finding::{Check, Finding};

/// The findings of a parity report for the nodes of one infrastructure, for the logins that its
/// deployments need.
#[must_use]
pub fn parity_findings(report: &ParityReport, infra: &InfraId) -> Vec<Finding> {
    let of_infra = report.findings_of(Breadth::Needed).filter(|finding| match &finding.place.id {
        LocationId::Node { infra: of, .. } => of == infra,
        LocationId::Deployer => false,
    });
    of_infra
        .map(|finding| Finding {
            check: Check::LoginParity,
            node: match &finding.place.id {
                LocationId::Node { node: Some(node), .. } => Some(node.to_string()),
                LocationId::Node { node: None, .. } | LocationId::Deployer => None,
            },
            severity: match finding.presence {
                Presence::Unknown { .. } => Severity::Warning,
                _ => Severity::Error,
            },
            what: format!("login `{}`: {}", finding.login, finding.presence),
            remedy: finding.remedy.to_string(),
        })
        .collect()
}
