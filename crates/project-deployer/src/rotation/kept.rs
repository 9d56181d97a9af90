//! The rotations that were kept, for those who write keys of nodes.

use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;

use super::RotationRecord;
use crate::deployer::Deployer;

/// The rotations of one moment.
#[derive(Debug)]
pub(crate) struct Rotations(Vec<RotationRecord>);

impl Rotations {
    /// Whether one is under way that writes keys of an infrastructure: what it revokes is not known yet.
    pub(crate) fn run_on(&self, infra: &InfraSettings) -> bool {
        self.0.iter().any(|rotation| !rotation.has_ended() && rotation.concerns(infra))
    }

    /// Refuses a key that a rotation has revoked, such as that of a file that was not changed since: the node would be locked
    /// out, and its new key would be lost.
    pub(crate) fn refuse_revoked(&self, settings: &InfraSettings) -> Result<(), DeployerError> {
        let keys = settings.keys();
        let is_revoked = |key| {
            let mut its = self.0.iter().filter(|rotation| rotation.concerns(settings));
            its.any(|rotation| rotation.has_revoked(key))
        };
        if !keys.values().any(is_revoked) {
            return Ok(());
        }
        Err(DeployerError::not_possible(
            format!(
                "an admin key of infrastructure `{}` is the one that a rotation has revoked",
                settings.id
            ),
            "leave the key out, so that the present one stays, or use one that the node knows",
        ))
    }
}

impl Deployer {
    /// All rotations that were kept.
    pub(crate) async fn rotations(&self) -> Result<Rotations, DeployerError> {
        Ok(Rotations(self.inner.repository.readable_below::<RotationRecord>("").await?))
    }
}
