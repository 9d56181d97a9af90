//! The rotations that were kept, for those who write keys of nodes.

use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::{ApiKeySecret, InfraId};
use project_deployer_store::{Commit, DocumentKey};

use super::RotationRecord;
use crate::deployer::Deployer;
use crate::read_model::Snapshot;
use crate::state::{Below, Found, Record as _, RecordCommit as _, VersionedRecord, references_to};

/// The rotations of one moment, without their keys.
#[derive(Debug)]
pub(crate) struct Rotations {
    readable: Vec<RotationRecord>,
    /// The ids of those that this program cannot read, and why.
    unreadable: Vec<(String, DeployerError)>,
    /// As it was when none of the others had begun.
    begun: VersionedRecord<DocumentKey>,
}

/// Written by each rotation that begins. Whoever gives an infrastructure a key that it has not had requires that it is unchanged: a
/// rotation of that key may begin and end between a look at all rotations and the commit.
pub(crate) fn guard() -> DocumentKey {
    references_to(&RotationRecord::KIND, "start")
}

impl Rotations {
    /// Whether one is under way that writes keys of an infrastructure.
    pub(crate) fn run_on(&self, infra: &InfraSettings) -> bool {
        self.readable.iter().any(|rotation| !rotation.has_ended() && rotation.concerns(infra))
    }

    /// Refuses new keys of an infrastructure with a rotation that this program cannot read: it may have revoked one of them.
    fn are_known(&self, settings: &InfraSettings) -> Result<(), DeployerError> {
        let concern = |id: &str| {
            let Some((infra, node)) = id.split_once('/') else { return true };
            let mut entries = settings.target.entries().iter();
            let has_node = |text: String| text == node;
            InfraId::parse(infra).is_ok_and(|infra| infra == settings.id)
                || entries.any(|it| it.address.as_ref().is_some_and(|it| has_node(it.to_string())))
        };
        match self.unreadable.iter().find(|(id, _)| concern(id)) {
            Some((id, error)) => Err(DeployerError::state(
                format!("{} `{id}`, which may have revoked one of the keys", RotationRecord::NOUN),
                error.to_string(),
            )),
            None => Ok(()),
        }
    }
}

impl Deployer {
    /// All rotations that were kept. The state must not be newer than the list.
    pub(crate) async fn rotations(&self, before: &Snapshot) -> Result<Rotations, DeployerError> {
        let begun = before.guard(guard());
        let below = self.inner.repository.below::<RotationRecord>("").await?;
        let Below { readable, unreadable } = below;
        Ok(Rotations { readable, unreadable, begun })
    }

    /// Refuses a key that a rotation has revoked or revokes now, such as that of a file that was not changed since: the node
    /// would be locked out, and its new key would be lost. A rotation that may revoke one of the keys must not go on before
    /// the commit, and if a key is new to the infrastructure, no other one begins.
    pub(crate) async fn without_revoked_keys(
        &self,
        mut commit: Commit,
        rotations: &Rotations,
        settings: &InfraSettings,
        current: Option<&InfraSettings>,
    ) -> Result<Commit, DeployerError> {
        // A rotation of a key that the infrastructure has begins with a write to its settings.
        if has_new_key(settings, current) {
            rotations.are_known(settings)?;
            commit = commit.unreferenced(&rotations.begun);
        }
        for rotation in &rotations.readable {
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

/// Whether an infrastructure gets a key that it has not now.
fn has_new_key(new: &InfraSettings, current: Option<&InfraSettings>) -> bool {
    let keys = |infra: &InfraSettings| -> Vec<ApiKeySecret> {
        infra.target.entries().iter().filter_map(|it| it.admin_api_key.clone()).collect()
    };
    let known = current.map(keys).unwrap_or_default();
    keys(new).iter().any(|key| !known.contains(key))
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
