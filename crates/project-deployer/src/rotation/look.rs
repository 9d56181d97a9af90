//! Asks nodes for keys that rotations left there and that nothing needs, and deletes them.

use std::time::Duration;

use project_deployer_client::{DeployerError, NodeErrorKind, NodeKeys};
use project_deployer_store::{Commit, Lease};
use tokio::time::{Instant, timeout};

use super::RotationRecord;
use super::left::left_keys;
use super::machine::{Outcome, RotationEnd};
use super::run::{OBJECT, STEP};
use super::steps::Stop;
use crate::deployer::Deployer;
use crate::state::RecordCommit as _;

/// How long the keys that were left on a node may take all together, and one of them. Less than a step may take, so that
/// what was learned of the others is kept.
const ALL: Duration = Duration::from_secs(60);
const ONE: Duration = Duration::from_secs(30);

impl Deployer {
    /// Looks after the node of a rotation that has ended: a key may have been made late, or may be deleted now.
    pub(super) async fn look_after(&self, id: &str) -> Result<(), DeployerError> {
        let _member = self.inner.life.begin()?;
        let (_, node) = id.split_once('/').unwrap_or_default();
        let taken = self.take_unless_held(&format!("key-rotation/{node}"), OBJECT).await?;
        // A rotation of the node looks for them as well.
        let Ok(keeper) = taken else { return Ok(()) };
        let lease = keeper.lease().clone();
        keeper.until_done(OBJECT, self.look_under(&lease, id)).await
    }

    async fn look_under(&self, lease: &Lease, id: &str) -> Result<(), DeployerError> {
        let repository = &self.inner.repository;
        let found = repository.find::<RotationRecord>(id).await?;
        let Some(found) = found.filter(|found| found.value.is_look_due(self.now())) else {
            return Ok(());
        };
        let mut changed = found.value.clone();
        changed.facts.left.looks += 1;
        changed.facts.left.looked = Some(self.now());
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
        if entry.admin_api_key.is_none() {
            // It may get one again.
            let text = "the settings of the infrastructure have no key for the node";
            return Err(Stop(Outcome::Failed, text.to_owned()));
        }
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
    /// node does not delete keeps no other from it, nor does one whose deletion has no answer. Returns why one of this rotation
    /// stays.
    pub(super) async fn delete_left(
        &self,
        record: &mut RotationRecord,
        node: &dyn NodeKeys,
        in_use: &[String],
    ) -> Result<Option<Stop>, Stop> {
        let until = Instant::now() + ALL;
        let Ok(keys) = timeout(ALL, node.global_keys()).await else { return Err(no_answer()) };
        let keys = keys?;
        let mut others = self.inner.repository.readable_below::<RotationRecord>("").await?;
        others.retain(|other| other.facts.rotation != record.facts.rotation);
        let in_use: Vec<&str> = in_use.iter().map(String::as_str).collect();
        let found = left_keys(&keys, &in_use, record, &others);
        let (mut orphans, mut of_this, mut refusal) = (Vec::new(), None, None);
        for (ids, is_own) in [(found.own, true), (found.others, false)] {
            for id in ids {
                let rest = until.saturating_duration_since(Instant::now()).min(ONE);
                let done = match rest.is_zero() {
                    true => Err(no_answer()),
                    false => timeout(rest, deleted(node, &id)).await.unwrap_or_else(|_| {
                        record.facts.left.unsure = true;
                        Err(no_answer())
                    }),
                };
                let Err(Stop(outcome, reason)) = done else { continue };
                refusal = Some(reason.clone());
                if is_own {
                    of_this =
                        Some(Stop(outcome, format!("{reason}; delete key `{id}` on the node")));
                }
                orphans.push(id);
            }
        }
        let left = &mut record.facts.left;
        (left.orphans, left.refusal) = (orphans, refusal);
        (left.unknown, left.was_in_use) = (found.unknown, found.was_in_use);
        Ok(of_this)
    }
}

fn no_answer() -> Stop {
    Stop(Outcome::Failed, "the node did not answer".to_owned())
}

/// Deletes a key. One that is gone was deleted by a call whose answer was lost.
pub(super) async fn deleted(node: &dyn NodeKeys, id: &str) -> Result<(), Stop> {
    match node.delete_global_key(id).await {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.kind, NodeErrorKind::NotFound(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
