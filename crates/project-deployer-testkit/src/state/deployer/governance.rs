use serde_json::Value;

use super::{DeployerState, Infra, Right};
use crate::answer::{Answer, Message, Refusal, report};
use crate::caller::Caller;

impl DeployerState {
    /// The governance messages about a bundle on an infrastructure (R-G1): none without a check, or where
    /// it is approved.
    fn objection(&self, infra: &Infra, key: &str, bundle: &str) -> Option<Message> {
        if self.approved.contains(&(key.to_owned(), bundle.to_owned())) {
            return None;
        }
        let text = format!("Bundle {bundle} of {key} is not approved");
        match infra.policy() {
            "WARN" => Some(Message::warning("WARN_BUNDLE_NOT_APPROVED", "Not approved", text)),
            "PREVENT" => Some(Message::fatal("ERR_BUNDLE_NOT_APPROVED", "Not approved", text)),
            _ => None,
        }
    }

    /// The governance status; without a bundle, that of the deployment's own (row 24, R-G2).
    pub(crate) fn governance_status(
        &self,
        caller: &Caller,
        id: &str,
        bundle: Option<&str>,
    ) -> Answer<Value> {
        let deployment = self.deployment(caller, id, Right::Read)?;
        let infra = self.infra(caller, deployment.infra_id(), Right::Read)?;
        let bundle = bundle.unwrap_or_else(|| deployment.bundle_id());
        let project = self.project(caller, deployment.project_key(), Right::Read)?;
        project.bundle(bundle)?;
        let objection = self.objection(infra, deployment.project_key(), bundle);
        Ok(report(&Vec::from_iter(objection)))
    }

    /// How the refusal looks is unknown (wire-facts 8.2, item 5).
    ///
    /// # Errors
    ///
    /// The bundle is not approved, and that stops it here.
    pub(super) fn must_be_approved(
        &self,
        infra: &Infra,
        key: &str,
        bundle: &str,
        ignore_warnings: bool,
    ) -> Answer<()> {
        match self.objection(infra, key, bundle) {
            Some(objection) if !(ignore_warnings && objection.is_warning()) => {
                Err(Refusal::illegal(objection.message).with_code(objection.code))
            }
            _ => Ok(()),
        }
    }
}
