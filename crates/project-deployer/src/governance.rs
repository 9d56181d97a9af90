//! The policy of an infrastructure for bundles that are not approved (R-G1).
//!
//! This Deployer has no link to a Govern node, so it knows no approvals. A policy that requires
//! approval warns or prevents, and never passes in silence.

use project_deployer_client::{DeployerError, Warnings};
use project_deployer_core::bundle::PublishedBundle;
use project_deployer_core::infra::{GovernCheckPolicy, InfraSettings};
use project_deployer_core::messages::{InfoMessage, InfoMessages, Severity};

/// Evaluates the policy of an infrastructure for a bundle. Empty where the policy requires nothing
/// (R-G2).
#[must_use]
pub fn governance_status(infra: &InfraSettings, bundle: &PublishedBundle) -> InfoMessages {
    let (severity, code) = match infra.govern_check_policy {
        GovernCheckPolicy::NoCheck => return InfoMessages::default(),
        GovernCheckPolicy::Warn => (Severity::Warning, "WARN_GOVERNANCE_NOT_APPROVED"),
        // A policy that this release does not know is not taken for a weaker one.
        _ => (Severity::Error, "ERR_GOVERNANCE_NOT_APPROVED"),
    };
    let text = format!(
        "bundle `{}` is not known to be approved: this Deployer is linked to no Govern node; have an administrator of `{}` change its policy",
        bundle.id(),
        infra.id
    );
    [InfoMessage::new(severity, code, "Governance", text)].into_iter().collect()
}

/// Refuses what the policy prevents. Refuses what it warns of, unless warnings are ignored.
pub(crate) fn heed(
    infra: &InfraSettings,
    bundle: &PublishedBundle,
    warnings: Warnings,
) -> Result<InfoMessages, DeployerError> {
    let status = governance_status(infra, bundle);
    let refused = status.is_fatal() || (!status.0.is_empty() && warnings == Warnings::AsErrors);
    if !refused {
        return Ok(status);
    }
    let what: Vec<_> = status.0.iter().map(|message| message.message.clone()).collect();
    let hint = if status.is_fatal() {
        "the policy of the infrastructure prevents this deployment"
    } else {
        "repeat the call with warnings ignored to continue anyway"
    };
    Err(DeployerError::not_possible(what.join("; "), hint))
}
