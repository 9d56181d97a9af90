//! The rotations that were kept, for those who write keys of nodes.

use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;
use project_deployer_store::Commit;

use super::RotationRecord;
use crate::deployer::Deployer;
use crate::state::{Found, Record as _, RecordCommit as _};

/// The rotations of one moment, without their keys.
#[derive(Debug)]
pub(crate) struct Rotations(Vec<RotationRecord>);

impl Rotations {
    /// Whether one is under way that writes keys of an infrastructure.
    pub(crate) fn run_on(&self, infra: &InfraSettings) -> bool {
        self.0.iter().any(|rotation| !rotation.has_ended() && rotation.concerns(infra))
    }
}

impl Deployer {
    /// All rotations that were kept.
    pub(crate) async fn rotations(&self) -> Result<Rotations, DeployerError> {
        Ok(Rotations(self.inner.repository.readable_below::<RotationRecord>("").await?))
    }

    /// Refuses a key that a rotation has revoked or revokes now, such as that of a file that was not changed since: the node
    /// would be locked out, and its new key would be lost. A rotation that may revoke one of the keys must not go on before
    /// the commit.
    pub(crate) async fn without_revoked_keys(
        &self,
        mut commit: Commit,
        rotations: &Rotations,
        settings: &InfraSettings,
    ) -> Result<Commit, DeployerError> {
        for rotation in &rotations.0 {
            if rotation.has_ended() {
                not_revoked(rotation, settings)?;
                continue;
            }
            // What it revokes at its end is a secret of its record.
            match self.inner.repository.find_readable::<RotationRecord>(rotation.id()).await? {
                Found::Readable(found) => {
                    not_revoked(&found.value, settings)?;
                    if settings.keys().values().any(|key| found.value.may_revoke(key)) {
                        commit = commit.unchanged(&found);
                    }
                }
                // One that nobody can read keeps only its own infrastructures from new keys.
                Found::Unreadable { error, .. } if rotation.concerns(settings) => {
                    return Err(error);
                }
                Found::Unreadable { .. } | Found::Absent => {}
            }
        }
        Ok(commit)
    }
}

fn not_revoked(rotation: &RotationRecord, settings: &InfraSettings) -> Result<(), DeployerError> {
    let concerns = rotation.concerns(settings);
    let keys = settings.keys();
    let mut keys = keys.values();
    if !keys.any(|key| rotation.revokes(key) || concerns && rotation.has_revoked(key)) {
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
