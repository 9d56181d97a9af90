//! Asks nodes for keys that rotations left there and that nothing needs, and deletes them.

use project_deployer_client::{DeployerError, NodeErrorKind, NodeKeys};
use project_deployer_store::{Commit, Lease, StoreError};
use tokio::time::timeout;

use super::RotationRecord;
use super::left::left_keys;
use super::machine::{Outcome, RotationEnd};
use super::run::STEP;
use super::steps::Stop;
use crate::deployer::Deployer;
use crate::state::RecordCommit as _;

impl Deployer {
    /// Looks after the node of a rotation that has ended: a key may have been made late, or may be deleted now.
    pub(super) async fn look_after(&self, id: &str) -> Result<(), DeployerError> {
        let member = self.inner.life.begin()?;
        let (_, node) = id.split_once('/').unwrap_or_default();
        let keeper = match self.take(&format!("key-rotation/{node}")).await {
            Ok(keeper) => keeper,
            // A rotation of the node looks for them as well.
            Err(StoreError::Held { .. }) => return Ok(()),
            Err(error) => return Err(DeployerError::state("a rotation of a key", error)),
        };
        let work = async { Ok(self.look_under(keeper.lease(), id).await) };
        let done = keeper.holding(work).await;
        keeper.release().await;
        drop(member);
        done.map_err(|error| DeployerError::state("a rotation of a key", error))?
    }

    async fn look_under(&self, lease: &Lease, id: &str) -> Result<(), DeployerError> {
        let repository = &self.inner.repository;
        let found = repository.find::<RotationRecord>(id).await?;
        let Some(found) = found.filter(|found| found.value.is_look_due(self.now())) else {
            return Ok(());
        };
        let mut changed = found.value.clone();
        changed.facts.left.looks += 1;
        match timeout(STEP, self.look_at_node(&mut changed)).await {
            Ok(Ok(())) => {}
            // The infrastructure has another node now.
            Ok(Err(Stop(Outcome::Gone, _))) => changed.facts.left.give_up(),
            Ok(Err(Stop(_, reason))) => changed.facts.left.refusal = Some(reason),
            Err(_) => changed.facts.left.refusal = Some("the node did not answer".to_owned()),
        }
        let commit = Commit::new().replace(&found, &changed)?.fenced_by(lease);
        repository.commit_unaudited(commit).await?;
        match changed.facts.left.notes() {
            Some(notes) if self.inner.life.is_news(&format!("left/{id}"), &notes) => {
                tracing::warn!(rotation = %id, notes, "keys of rotations stay on a node");
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks with the key that the settings have now.
    async fn look_at_node(&self, record: &mut RotationRecord) -> Result<(), Stop> {
        let entry = self.entry_of(record).await?;
        let node = self.node_with(record, entry.admin_api_key.as_ref()).await?;
        let asking = node.identity().await?.auth_identifier;
        let mut in_use = vec![asking];
        in_use.extend(record.key_in_use().cloned());
        if record.facts.end != Some(RotationEnd::Rotated) {
            in_use.extend(record.facts.old_key.clone());
        }
        self.delete_left(record, &*node, &in_use).await.map(drop)
    }

    /// Deletes the keys that rotations left on a node and that nothing needs, and records those that stay. A key that the
    /// node does not delete keeps no other from it. Returns why one of this rotation stays.
    pub(super) async fn delete_left(
        &self,
        record: &mut RotationRecord,
        node: &dyn NodeKeys,
        in_use: &[String],
    ) -> Result<Option<Stop>, Stop> {
        let keys = node.global_keys().await?;
        let mut others = self.inner.repository.readable_below::<RotationRecord>("").await?;
        others.retain(|other| other.facts.rotation != record.facts.rotation);
        let in_use: Vec<&str> = in_use.iter().map(String::as_str).collect();
        let found = left_keys(&keys, &in_use, record, &others);
        let (mut orphans, mut of_this, mut refusal) = (Vec::new(), None, None);
        for (ids, is_own) in [(found.own, true), (found.others, false)] {
            for id in ids {
                let Err(Stop(outcome, reason)) = deleted(node, &id).await else { continue };
                refusal = Some(reason.clone());
                if is_own {
                    of_this =
                        Some(Stop(outcome, format!("{reason}; delete key `{id}` on the node")));
                }
                orphans.push(id);
            }
        }
        let left = &mut record.facts.left;
        (left.orphans, left.refusal, left.unknown) = (orphans, refusal, found.unknown);
        Ok(of_this)
    }
}

/// Deletes a key. One that is gone was deleted by a call whose answer was lost.
pub(super) async fn deleted(node: &dyn NodeKeys, id: &str) -> Result<(), Stop> {
    match node.delete_global_key(id).await {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.kind, NodeErrorKind::NotFound(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
