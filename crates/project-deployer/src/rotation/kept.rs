//! The rotations that were kept, for those who write keys of nodes.

use std::collections::BTreeSet;

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
    unreadable: Vec<Unreadable>,
    /// As it was when none of the others had begun.
    begun: VersionedRecord<DocumentKey>,
    /// The infrastructures that began readable ones, and that the caller does not administer.
    hidden: BTreeSet<InfraId>,
}

/// A rotation that this program cannot read.
#[derive(Debug)]
struct Unreadable {
    id: String,
    error: DeployerError,
    /// Whether there is no such infrastructure any more.
    is_of_gone: bool,
    /// Whether the caller does not administer the infrastructure that began it.
    is_hidden: bool,
}

impl Unreadable {
    fn infra_and_node(&self) -> Option<(&str, &str)> {
        self.id.split_once('/')
    }
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

    /// The same for a caller, whom refusals name only the infrastructures that the caller administers.
    pub(crate) fn shown_to(mut self, administers: impl Fn(&InfraId) -> bool) -> Self {
        for unreadable in &mut self.unreadable {
            let infra = unreadable.infra_and_node().map(|(infra, _)| InfraId::parse(infra));
            let is_shown = infra.is_none_or(|id| id.is_ok_and(|id| administers(&id)));
            unreadable.is_hidden = !unreadable.is_of_gone && !is_shown;
        }
        let infras = self.readable.iter().map(|rotation| &rotation.facts.infra);
        self.hidden = infras.filter(|&infra| !administers(infra)).cloned().collect();
        self
    }

    /// The ids of those that this program cannot read, and why, which the next rotation of an infrastructure ends: its own, and
    /// those of its nodes whose infrastructure is gone.
    pub(crate) fn unreadable_beside(&self, infra: &InfraSettings) -> Vec<(&str, &DeployerError)> {
        let nodes: Vec<_> = infra
            .target
            .entries()
            .iter()
            .filter_map(|it| Some(it.address.as_ref()?.to_string()))
            .collect();
        let ends = |it: &Unreadable| {
            it.infra_and_node().is_some_and(|(of, node)| {
                of == infra.id.as_str() || it.is_of_gone && nodes.iter().any(|known| known == node)
            })
        };
        let ended = self.unreadable.iter().filter(|it| ends(it));
        ended.map(|it| (it.id.as_str(), &it.error)).collect()
    }

    /// Refuses new keys of an infrastructure with a rotation that this program cannot read: it may have revoked one of them. An
    /// infrastructure that is created loses no key by it, and could not replace that of one that is gone.
    fn are_known(&self, settings: &InfraSettings, is_new: bool) -> Result<(), DeployerError> {
        let concerns = |unreadable: &&Unreadable| {
            let Some((infra, node)) = unreadable.infra_and_node() else { return true };
            let mut entries = settings.target.entries().iter();
            let has_node = |text: String| text == node;
            InfraId::parse(infra).is_ok_and(|infra| infra == settings.id)
                || entries.any(|it| it.address.as_ref().is_some_and(|it| has_node(it.to_string())))
        };
        let mut counted = self.unreadable.iter().filter(|it| !(is_new && it.is_of_gone));
        let Some(found) = counted.find(concerns) else { return Ok(()) };
        if found.is_hidden {
            return Err(unknown_elsewhere());
        }
        let fix = match found.infra_and_node() {
            // A form of id that only another program has.
            None => "use the program that wrote it".to_owned(),
            Some((infra, _)) => {
                let infra = if found.is_of_gone { settings.id.as_str() } else { infra };
                format!(
                    "rotate the keys of infrastructure `{infra}`, which takes its place and removes it even where the new \
                     rotation is refused; or use the program that wrote it"
                )
            }
        };
        let what = format!(
            "{} `{}`, which may have revoked one of the keys, cannot be read: {}",
            RotationRecord::NOUN,
            found.id,
            found.error
        );
        Err(DeployerError::not_possible(what, fix))
    }
}

impl Deployer {
    /// All rotations that were kept. The state must not be newer than the list.
    pub(crate) async fn rotations(&self, before: &Snapshot) -> Result<Rotations, DeployerError> {
        let begun = before.guard(guard());
        let below = self.inner.repository.below::<RotationRecord>("").await?;
        let Below { readable, unreadable } = below;
        let is_gone = |id: &str| {
            let infra = id.split_once('/').map(|(infra, _)| InfraId::parse(infra));
            infra.is_some_and(|id| id.is_ok_and(|id| matches!(before.infra(&id), Ok(None))))
        };
        let unreadable = unreadable.into_iter().map(|(id, error)| {
            let is_of_gone = is_gone(&id);
            Unreadable { id, error, is_of_gone, is_hidden: false }
        });
        let unreadable = unreadable.collect();
        Ok(Rotations { readable, unreadable, begun, hidden: BTreeSet::new() })
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
            rotations.are_known(settings, current.is_none())?;
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
                    let is_hidden = rotations.hidden.contains(&rotation.facts.infra);
                    return Err(if is_hidden { unknown_elsewhere() } else { error });
                }
                Found::Unreadable { .. } | Found::Absent => {}
            }
        }
        Ok(commit)
    }
}

/// Refuses keys for a rotation of an infrastructure that the caller does not administer, and does not name it (R-P2).
fn unknown_elsewhere() -> DeployerError {
    DeployerError::not_possible(
        format!(
            "a {} of one of the nodes, which may have revoked one of the keys, cannot be read",
            RotationRecord::NOUN
        ),
        "ask an administrator of the Deployer to rotate the keys of the other infrastructure with this node",
    )
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
