use super::{DeployerState, Deployment, Document, Right, text};
use crate::answer::{Answer, Refusal};
use crate::caller::Caller;

/// The code of the message is our choice.
pub(super) const SUPERSEDED: &str = "WARN_DEPLOYMENT_SUPERSEDED";

/// Several deployments may write one project on an infrastructure (wire-facts 9.4). The one that was
/// created last, or saved last with warnings ignored, owns the project, and only the owner updates.
impl DeployerState {
    /// The place of the next owner among all claims.
    ///
    /// # Errors
    ///
    /// The caller may not change the present owner.
    pub(super) fn next_claim(&mut self, caller: &Caller, settings: &Document) -> Answer<u64> {
        if let Some(owner) = self.owner_of(settings)
            && owner.id() != text(settings, "id")
            && self.deployment(caller, owner.id(), Right::Deploy).is_err()
        {
            let key = text(settings, "deployedProjectKey");
            return Err(Refusal::illegal(format!(
                "Another deployment has the project key {key}, and you may not change it"
            )));
        }
        self.claims += 1;
        Ok(self.claims)
    }

    /// The owner of the project that a deployment writes, unless it is that deployment.
    pub(super) fn superseding(&self, settings: &Document) -> Option<&Deployment> {
        self.owner_of(settings).filter(|owner| owner.id() != text(settings, "id"))
    }

    /// Why a deployment is superseded.
    pub(super) fn superseded_by(&self, caller: &Caller, settings: &Document) -> Option<String> {
        let owner = self.superseding(settings)?;
        let visible = self.deployment(caller, owner.id(), Right::Read).is_ok();
        let owner = if visible { owner.id() } else { "a hidden deployment" };
        let key = text(settings, "deployedProjectKey");
        Some(format!("superseded: {owner} owns project {key}"))
    }

    fn owner_of(&self, settings: &Document) -> Option<&Deployment> {
        let (infra, key) = (text(settings, "infraId"), text(settings, "deployedProjectKey"));
        let same = |known: &&Deployment| {
            known.infra_id() == infra && text(&known.settings, "deployedProjectKey") == key
        };
        self.deployments.values().filter(same).max_by_key(|known| known.claim)
    }
}
