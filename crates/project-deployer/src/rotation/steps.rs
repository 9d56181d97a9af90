//! What each step of a rotation does.

use std::sync::Arc;
use std::time::Duration;

use project_deployer_client::{DeployerError, NodeError, NodeKeys, Retry, SideEffect};
use project_deployer_core::ApiKeySecret;
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_store::{Commit, Lease};
use tokio::time::sleep;

use super::RotationRecord;
use super::look::deleted;
use super::machine::{Outcome, RotationStep};
use crate::deployer::Deployer;
use crate::state::{RecordCommit as _, VersionedRecord};

/// How often, and how many times, updates with the old key are waited for in one step.
const POLL: Duration = Duration::from_secs(2);
const POLLS: u32 = 50;

const BY_HAND: &str = "create a global API key with all rights on the node, and save it in the settings of the \
                       infrastructure";

/// What a step found, and the record with what it learned.
pub(super) struct Reply {
    pub(super) outcome: Outcome,
    pub(super) reason: Option<String>,
    pub(super) record: RotationRecord,
}

impl Reply {
    pub(super) fn of(record: &RotationRecord, outcome: Outcome, reason: String) -> Self {
        Self { outcome, reason: Some(reason), record: record.clone() }
    }

    fn done(record: RotationRecord) -> Self {
        Self { outcome: Outcome::Done, reason: None, record }
    }

    fn stopped(record: RotationRecord, Stop(outcome, reason): Stop) -> Self {
        Self { outcome, reason: Some(reason), record }
    }
}

/// Why a step is not done.
pub(super) struct Stop(pub(super) Outcome, pub(super) String);

impl From<NodeError> for Stop {
    fn from(error: NodeError) -> Self {
        let definite =
            error.kind.retry() == Retry::Never && error.kind.side_effect() == SideEffect::None;
        let outcome = if definite { Outcome::Denied } else { Outcome::Failed };
        Self(outcome, error.to_string())
    }
}

impl From<DeployerError> for Stop {
    fn from(error: DeployerError) -> Self {
        Self(Outcome::Failed, error.to_string())
    }
}

impl Deployer {
    /// Carries one step out.
    pub(super) async fn carry_out(&self, lease: &Lease, record: &RotationRecord) -> Reply {
        let mut learned = record.clone();
        let done = match record.facts.step {
            RotationStep::Identify => self.identify(&mut learned).await,
            RotationStep::Clean => self.delete_orphans(&mut learned).await,
            RotationStep::Create => self.create_key_on_node(&mut learned).await,
            RotationStep::Try => self.works(record, record.new.as_ref()).await,
            RotationStep::Switch => self.switch(lease, &mut learned).await,
            RotationStep::Wait => self.wait_for_updates(record).await,
            RotationStep::Confirm => self.confirm(record).await,
            RotationStep::Revoke => self.revoke(&mut learned).await,
            RotationStep::Restore => self.restore(lease, record).await,
            RotationStep::Abandon => self.give_up(&mut learned).await,
        };
        match done {
            Ok(()) => Reply::done(learned),
            Err(stop) => Reply::stopped(learned, stop),
        }
    }

    /// The node by its own answer: no id is guessed.
    async fn identify(&self, record: &mut RotationRecord) -> Result<(), Stop> {
        let node = self.node_with(record, record.old.as_ref()).await?;
        let id = node.identity().await?.auth_identifier;
        let known = node.global_keys().await?;
        let Some(key) = known.iter().find(|key| key.id == id && !id.is_empty()) else {
            let what = match id.is_empty() {
                true => "the node does not say which key it is asked with".to_owned(),
                false => format!("the node knows the key as `{id}`, which is no global API key"),
            };
            return Err(Stop(Outcome::Denied, format!("{what}; {BY_HAND}")));
        };
        if !key.admin {
            let what = format!("the key `{id}` of the node has not all rights");
            return Err(Stop(Outcome::Denied, format!("{what}; {BY_HAND}")));
        }
        record.facts.old_key = Some(id);
        Ok(())
    }

    /// Deletes what this rotation made on the node, and what others left there. Only a key of its own that stays stops it: where
    /// the node deletes none, it would not revoke the old one.
    async fn delete_orphans(&self, record: &mut RotationRecord) -> Result<(), Stop> {
        let node = self.node_with(record, record.old.as_ref()).await?;
        let in_use = record.facts.old_key.clone();
        if let Some(stop) = self.delete_left(record, &*node, in_use.as_slice()).await? {
            return Err(stop);
        }
        (record.new, record.facts.new_key) = (None, None);
        Ok(())
    }

    async fn create_key_on_node(&self, record: &mut RotationRecord) -> Result<(), Stop> {
        let node = self.node_with(record, record.old.as_ref()).await?;
        let description = format!("admin key of infrastructure {}", record.facts.infra);
        let made = node.create_admin_key(&record.label(), &description).await?;
        (record.new, record.facts.new_key) = (Some(made.secret), Some(made.id));
        Ok(())
    }

    /// Asks the node with what has to be the new key.
    async fn works(&self, record: &RotationRecord, key: Option<&ApiKeySecret>) -> Result<(), Stop> {
        let info = self.node_with(record, key).await?.identity().await?;
        let is_new = record.facts.new_key.as_deref() == Some(info.auth_identifier.as_str());
        if is_new && info.admin != Some(false) {
            return Ok(());
        }
        let text = "the node does not take the new key for the admin key that it made";
        Err(Stop(Outcome::Denied, text.to_owned()))
    }

    async fn switch(&self, lease: &Lease, record: &mut RotationRecord) -> Result<(), Stop> {
        let (old, new) = both(record)?;
        self.replace_key(lease, record, old, new).await?;
        record.facts.switched = Some(self.now());
        Ok(())
    }

    async fn restore(&self, lease: &Lease, record: &RotationRecord) -> Result<(), Stop> {
        let (old, new) = both(record)?;
        self.replace_key(lease, record, new, old).await
    }

    /// Replaces a key of the node in the settings of its infrastructures, in one commit. Nothing else gets the new key: another
    /// address may lead to somebody else.
    async fn replace_key(
        &self,
        lease: &Lease,
        record: &RotationRecord,
        from: &ApiKeySecret,
        to: &ApiKeySecret,
    ) -> Result<(), Stop> {
        let mut commit = Commit::new().fenced_by(lease);
        let all = self.infras_with_keys().await?;
        for infra in all.iter().filter(|it| record.facts.infras.contains(&it.value.id)) {
            let entries = infra.value.target.entries().iter();
            let mut changed = Vec::with_capacity(entries.len());
            for entry in entries {
                let has_it = entry.admin_api_key.as_ref() == Some(from);
                let is_it = has_it && entry.address.as_ref() == Some(&record.facts.node);
                let key = if is_it { Some(to.clone()) } else { entry.admin_api_key.clone() };
                changed.push(entry.clone().with_admin_api_key(key));
            }
            if infra.value.target.entries() != changed {
                let target = with_entries(&infra.value.target, changed);
                commit = commit.replace(infra, &infra.value.clone().with_target(target))?;
            }
        }
        let done = self.inner.repository.commit_unaudited(commit).await;
        done.map_err(|error| Stop(Outcome::Failed, error.to_string()))
    }

    /// An update that runs keeps the key that it began with.
    async fn wait_for_updates(&self, record: &RotationRecord) -> Result<(), Stop> {
        for _ in 0..POLLS {
            if !self.waits_for_updates(record).await? {
                return Ok(());
            }
            sleep(POLL).await;
        }
        let text = "updates run that began with the old key; it is revoked after their end";
        Err(Stop(Outcome::Failed, text.to_owned()))
    }

    async fn confirm(&self, record: &RotationRecord) -> Result<(), Stop> {
        let (old, new) = both(record)?;
        let (mut is_used, mut is_behind) = (false, false);
        let all = self.infras_with_keys().await?;
        for infra in all.iter().filter(|it| record.facts.infras.contains(&it.value.id)) {
            for entry in infra.value.target.entries() {
                is_used |= entry.admin_api_key.as_ref() == Some(new);
                let has_old = entry.admin_api_key.as_ref() == Some(old);
                is_behind |= has_old && entry.address.as_ref() == Some(&record.facts.node);
            }
        }
        if is_behind {
            let text = "settings with the old key were saved meanwhile";
            return Err(Stop(Outcome::Behind, text.to_owned()));
        }
        if !is_used {
            let text =
                "settings with another key were saved meanwhile; revoke the old key on the node";
            return Err(Stop(Outcome::Denied, text.to_owned()));
        }
        let entry = self.entry_of(record).await?;
        self.works(record, entry.admin_api_key.as_ref()).await
    }

    /// The old key goes first: what else is on the node must not keep it alive.
    async fn revoke(&self, record: &mut RotationRecord) -> Result<(), Stop> {
        let node = self.node_with(record, record.new.as_ref()).await?;
        let by_hand = "revoke the old key on the node";
        let Some(id) = record.facts.old_key.clone() else {
            return Err(Stop(Outcome::Denied, by_hand.to_owned()));
        };
        let all = self.infras_with_keys().await?;
        let uses = |infra: &&VersionedRecord<InfraSettings>| {
            infra.value.keys().values().any(|key| Some(key) == record.old.as_ref())
        };
        let revoked = match all.iter().find(uses) {
            Some(other) => {
                let text = format!(
                    "infrastructure `{}` uses the old key too; give it a key of its own, then {by_hand} (`{id}`)",
                    other.value.id
                );
                Err(Stop(Outcome::Denied, text))
            }
            None => deleted(&*node, &id).await.map_err(|Stop(outcome, reason)| match outcome {
                Outcome::Denied => Stop(outcome, format!("{reason}; {by_hand} (`{id}`)")),
                _ => Stop(outcome, reason),
            }),
        };
        // A call to make a key may have had its effect after the keys were looked through.
        let in_use = [Some(id.clone()), record.facts.new_key.clone()];
        let in_use: Vec<_> = in_use.into_iter().flatten().collect();
        if self.delete_left(record, &*node, &in_use).await.is_err() {
            record.facts.left.unsure = true;
        }
        revoked
    }

    async fn give_up(&self, record: &mut RotationRecord) -> Result<(), Stop> {
        if let Some(new) = &record.new {
            let all = self.infras_with_keys().await?;
            if all.iter().any(|infra| infra.value.keys().values().any(|key| key == new)) {
                let text = "settings have the new key, so that it is not deleted";
                return Err(Stop(Outcome::Failed, text.to_owned()));
            }
        }
        self.delete_orphans(record).await
    }

    /// The node of the rotation, asked with a key.
    pub(super) async fn node_with(
        &self,
        record: &RotationRecord,
        key: Option<&ApiKeySecret>,
    ) -> Result<Arc<dyn NodeKeys>, Stop> {
        let entry = self.entry_of(record).await?.with_admin_api_key(key.cloned());
        let settings = entry.settings();
        let settings = settings.ok_or_else(|| gone("the record of the rotation has no key"))?;
        match self.inner.update_connector.keys(&settings) {
            Some(node) => Ok(node?),
            None => {
                let text =
                    "this Deployer has no calls for the keys of its nodes; another one goes on";
                Err(Stop(Outcome::Failed, text.to_owned()))
            }
        }
    }

    /// The node in the settings of its infrastructure, as they are now.
    pub(super) async fn entry_of(&self, record: &RotationRecord) -> Result<NodeEntry, Stop> {
        let facts = &record.facts;
        let infra = self.inner.repository.find::<InfraSettings>(facts.infra.as_str()).await?;
        let entries = infra.as_ref().map(|infra| infra.value.target.entries());
        let mut entries = entries.unwrap_or_default().iter();
        let entry = entries.find(|entry| entry.address.as_ref() == Some(&facts.node)).cloned();
        entry.ok_or_else(|| {
            let label = record.label();
            gone(&match (facts.switched, &facts.old_key) {
                (Some(_), old) => format!(
                    "the node was removed or has another address; its new key is named `{label}`: keep that one where \
                     settings use it, and revoke the old one, `{}`",
                    old.as_deref().unwrap_or("of unknown id")
                ),
                (None, _) => format!(
                    "the Deployer has the node no more; if it has a key named `{label}`, delete it there"
                ),
            })
        })
    }
}

/// The same target with other keys.
fn with_entries(target: &Target, mut entries: Vec<NodeEntry>) -> Target {
    match (target, entries.len()) {
        (Target::SingleNode(_), 1) => Target::SingleNode(entries.remove(0)),
        (Target::Fleet(_), 1) => Target::Fleet(entries.remove(0)),
        _ => Target::MultiNode(entries),
    }
}

fn gone(reason: &str) -> Stop {
    Stop(Outcome::Gone, reason.to_owned())
}

/// Both keys. A record that lost one of them cannot go on.
fn both(record: &RotationRecord) -> Result<(&ApiKeySecret, &ApiKeySecret), Stop> {
    match (&record.old, &record.new) {
        (Some(old), Some(new)) => Ok((old, new)),
        _ => Err(gone("the record of the rotation lacks a key; look at the keys of the node")),
    }
}
