//! Carries rotations out, under a lease for each node.

use std::time::Duration;

use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;
use project_deployer_core::infra::InfraSettings;
use project_deployer_store::{Commit, Lease};
use tokio::time::{sleep, timeout};

use super::machine::{Next, Outcome, RotationStep, next, resumed};
use super::steps::Reply;
use super::{NodeRotation, RotationRecord};
use crate::deployer::Deployer;
use crate::life::Phase;
use crate::state::{Record as _, RecordCommit as _, VersionedRecord};

/// How long one step may take. Steps are a few short calls; the wait for updates has a bound of its own.
pub(super) const STEP: Duration = Duration::from_secs(120);

/// What errors of the store are about.
pub(super) const OBJECT: &str = "a rotation of a key";

/// How far the clocks of two processes may be apart, in milliseconds: an update that seems to begin this long after the new
/// key was saved may have begun before.
const SKEW: i64 = 10 * 60 * 1000;

/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(2);

impl Deployer {
    /// Goes on with the rotations of admin keys that dead processes left, or that paused. Returns how many of them have
    /// ended. Nodes on which a rotation may have left a key are asked again for it, within half a day of its end.
    ///
    /// # Errors
    ///
    /// The store does not answer, or this Deployer is shut down.
    pub async fn resume_key_rotations(&self) -> Result<usize, DeployerError> {
        let mut ended = 0;
        let now = self.now();
        let all = self.inner.repository.readable_below::<RotationRecord>("").await?;
        for record in all.iter().filter(|it| !it.has_ended() || it.is_look_due(now)) {
            if self.inner.life.has_reached(Phase::Draining) {
                return Err(DeployerError::ShuttingDown);
            }
            let id = record.id();
            let object = RotationRecord::KIND.key(&id).to_string();
            let done = match record.has_ended() {
                true => self.look_after(&id).await.map(|()| false),
                false => self.rotate(&id).await.map(|rotation| rotation.end.is_some()),
            };
            match done {
                Ok(has_ended) => {
                    self.inner.life.is_well(&object);
                    ended += usize::from(has_ended);
                }
                Err(error) => {
                    if self.inner.life.is_news(&object, &error.to_string()) {
                        tracing::warn!(rotation = %id, %error, "a rotation of a key does not go on");
                    }
                }
            }
        }
        Ok(ended)
    }

    /// A round of the background: what fails is tried again in the next one.
    pub(crate) async fn log_rotations(&self) {
        let Err(error) = self.resume_key_rotations().await else {
            return self.inner.life.is_well("key-rotation");
        };
        if self.inner.life.is_news("key-rotation", &error.to_string()) {
            tracing::warn!(%error, "rotations of keys could not be resumed; the next round tries again");
        }
    }

    /// Carries a rotation out to its end, or as far as it gets.
    pub(crate) async fn rotate(&self, id: &str) -> Result<NodeRotation, DeployerError> {
        let _member = self.inner.life.begin()?;
        // Of the node: two infrastructures may have it.
        let (_, node) = id.split_once('/').unwrap_or_default();
        let taken = self.take_unless_held(&format!("key-rotation/{node}"), OBJECT).await?;
        let keeper = taken.map_err(|holder| {
            DeployerError::not_possible(
                format!("{holder} rotates this key"),
                "wait for its end, then look at the result",
            )
        })?;
        let lease = keeper.lease().clone();
        keeper.until_done(OBJECT, self.rotate_under(&lease, id)).await
    }

    async fn rotate_under(&self, lease: &Lease, id: &str) -> Result<NodeRotation, DeployerError> {
        let mut found = self.inner.repository.existing::<RotationRecord>(id).await?;
        if found.value.has_ended() {
            return Ok(found.value.report());
        }
        let mut failures = 0;
        let stood_at = found.value.facts.step;
        // Whether it made a key is unknown, and it may do so yet.
        found.value.facts.left.unsure |= stood_at == RotationStep::Create;
        found.value.facts.step = resumed(stood_at);
        loop {
            let step = found.value.facts.step;
            let Reply { outcome, reason, record } =
                match timeout(STEP, self.carry_out(lease, &found.value)).await {
                    Ok(reply) => reply,
                    Err(_) => Reply::of(
                        &found.value,
                        Outcome::Failed,
                        "the node did not answer".to_owned(),
                    ),
                };
            let failed = matches!(outcome, Outcome::Failed | Outcome::Behind);
            failures += u32::from(failed);
            let mut changed = record;
            changed.facts.left.unsure |= failed && step == RotationStep::Create;
            changed.facts.reason = reason.or(changed.facts.reason);
            let next = next(step, outcome, failures);
            match next {
                Next::Step(step) => changed.facts.step = step,
                Next::Pause => {}
                Next::End(end) => changed = changed.ended(end, self.now()),
            }
            found = self.keep_rotation(lease, &found, changed).await?;
            match next {
                Next::Step(_) if failed => sleep(PAUSE * failures).await,
                Next::Step(_) => {}
                Next::Pause | Next::End(_) => return Ok(found.value.report()),
            }
        }
    }

    /// Records how far it has got, and reads that back: what follows uses what the store has.
    async fn keep_rotation(
        &self,
        lease: &Lease,
        found: &VersionedRecord<RotationRecord>,
        changed: RotationRecord,
    ) -> Result<VersionedRecord<RotationRecord>, DeployerError> {
        let repository = &self.inner.repository;
        let commit = Commit::new().replace(found, &changed)?.fenced_by(lease);
        repository.commit_unaudited(commit).await?;
        repository.existing(changed.id()).await
    }

    /// The infrastructures with the keys of their nodes.
    pub(crate) async fn infras_with_keys(
        &self,
    ) -> Result<Vec<VersionedRecord<InfraSettings>>, DeployerError> {
        let model = self.snapshot().await?;
        model.all_readable::<InfraSettings>()?;
        let mut all = Vec::new();
        for infra in model.infras() {
            let found =
                self.inner.repository.find::<InfraSettings>(infra.value.id.as_str()).await?;
            all.extend(found);
        }
        Ok(all)
    }

    /// Whether updates run that began before the settings had the new key.
    pub(super) async fn waits_for_updates(
        &self,
        record: &RotationRecord,
    ) -> Result<bool, DeployerError> {
        let model = self.snapshot().await?;
        let switched = record.facts.switched.map(|at| at.as_millis().saturating_add(SKEW));
        let before = |start: Timestamp| switched.is_none_or(|at| start.as_millis() <= at);
        Ok(model.running_updates().any(|update| before(update.start)))
    }
}
