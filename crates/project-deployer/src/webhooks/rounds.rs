//! Sends what waits. Each webhook is a task of its own, so that none waits for another one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use project_deployer_client::{DeployerError, HookSender};
use project_deployer_core::Timestamp;
use project_deployer_core::messages::Severity;
use project_deployer_store::{Commit, Expected, Lease};

use super::backoff::{LONGEST, MOST_REFUSALS, pause};
use super::definition::{Webhook, WebhookDisabled, WebhookRecord};
use super::delivery::{DeliveryRecord, DeliveryState};
use super::send::{Sent, post};
use crate::background::Looking;
use crate::deployer::Deployer;
use crate::life::{Phase, caught};
use crate::state::{Record as _, RecordCommit as _, VersionedRecord};
use crate::watch::{FindingKind, FindingSubject, Observation, Seen, WatchRecord, compare, resolve};

/// How long a delivery that has ended is kept, in milliseconds: 30 days; and how many of a webhook.
const KEPT: u64 = 30 * 24 * 3600 * 1000;
const MOST_KEPT: usize = 200;

/// The name under which errors are logged.
const OBJECT: &str = "webhooks";

/// The rounds of sending.
#[derive(Debug, Default)]
struct Sending {
    /// The webhooks to which this process sends now.
    busy: Arc<Mutex<HashSet<String>>>,
    /// Whether this process has looked for what is left of webhooks that are gone.
    has_cleared: bool,
}

/// A webhook is not busy any more when this is dropped.
struct Busy(String, Arc<Mutex<HashSet<String>>>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

impl Deployer {
    /// Sends what webhooks are to get, from now on, in the background, until the last clone of this Deployer is gone or it
    /// is [shut down](Self::shutdown). Of several processes, one sends to a webhook. A connector without HTTP sends nothing.
    pub fn send_webhooks_always(&self) {
        if self.inner.hooks.sender().is_some() {
            self.in_rounds(Sending::default());
        }
    }

    /// Sends what waits and is due, to all webhooks at a time. Returns how many were delivered.
    ///
    /// # Errors
    ///
    /// The store does not answer. A receiver that does not answer is no error.
    pub async fn send_webhooks(&self) -> Result<usize, DeployerError> {
        let due = self.webhooks_with_work().await?;
        let mut sending = Vec::with_capacity(due.len());
        for webhook in due {
            sending.push(self.send_to(webhook));
        }
        let sent = join_all(sending).await;
        sent.into_iter().try_fold(0, |all, sent| Ok(all + sent?))
    }

    /// The webhooks for which something is to be done.
    async fn webhooks_with_work(&self) -> Result<Vec<String>, DeployerError> {
        let now = self.now();
        let webhooks = self.inner.repository.readable_below::<Webhook>("").await?;
        let is_ready = |webhook: &Webhook| {
            webhook.is_active() && webhook.paused_until.is_none_or(|until| until <= now)
        };
        Ok(webhooks.into_iter().filter(is_ready).map(|webhook| webhook.id).collect())
    }

    async fn send_to(&self, id: String) -> Result<usize, DeployerError> {
        let Some(sender) = self.inner.hooks.sender() else { return Ok(0) };
        let prefix = format!("{id}/");
        let listed = self.inner.repository.readable_below::<DeliveryRecord>(&prefix).await?;
        if listed.iter().all(|record| record.delivery.state != DeliveryState::Waiting)
            && unneeded(&listed, self.now()).is_empty()
        {
            return Ok(0);
        }
        let taken = self.take_unless_held(&format!("webhook/{id}"), OBJECT).await?;
        let Ok(keeper) = taken else { return Ok(0) };
        let lease = keeper.lease().clone();
        keeper.until_done(OBJECT, self.send_under(&lease, &*sender, &id)).await
    }

    /// Sends in the order of the events. A failure pauses the webhook; the next attempt begins with the same delivery, until
    /// it is given up.
    async fn send_under(
        &self,
        lease: &Lease,
        sender: &dyn HookSender,
        id: &str,
    ) -> Result<usize, DeployerError> {
        let repository = &self.inner.repository;
        let mut sent = 0;
        let listed = repository.readable_below::<DeliveryRecord>(&format!("{id}/")).await?;
        self.forget(lease, &listed).await?;
        for waiting in listed.iter().filter(|it| it.delivery.state == DeliveryState::Waiting) {
            let Some(to) = repository.find::<WebhookRecord>(id).await? else { return Ok(sent) };
            let found = repository.find::<DeliveryRecord>(waiting.record_id()).await?;
            let Some(found) = found else { continue };
            if !to.value.webhook.is_active() || found.value.delivery.state != DeliveryState::Waiting
            {
                continue;
            }
            let answer = post(sender, &to.value, &found.value, self.now()).await;
            match self.settle_call(lease, &to, &found, &answer).await? {
                DeliveryState::Delivered => sent += 1,
                DeliveryState::GivenUp => {}
                DeliveryState::Waiting => return Ok(sent),
            }
        }
        Ok(sent)
    }

    /// Keeps what came of a call, and returns what became of the delivery. A webhook that somebody changed meanwhile stays as it is.
    async fn settle_call(
        &self,
        lease: &Lease,
        to: &VersionedRecord<WebhookRecord>,
        found: &VersionedRecord<DeliveryRecord>,
        answer: &Sent,
    ) -> Result<DeliveryState, DeployerError> {
        let now = self.now();
        let mut record = found.value.clone();
        let delivery = &mut record.delivery;
        delivery.attempts = delivery.attempts.saturating_add(1);
        delivery.last_attempt = Some(now);
        (delivery.last_status, delivery.last_error) = (answer.status, answer.error.clone());
        delivery.state = became(answer, delivery.attempts);
        let state = delivery.state;
        let webhook = after(&to.value.webhook, answer, now);
        let is_disabled = webhook.disabled.is_some();
        let commit = Commit::new().fenced_by(lease).replace(found, &record)?;
        let commit = if webhook == to.value.webhook {
            commit
        } else {
            commit.replace(to, &WebhookRecord { webhook: webhook.clone(), ..to.value.clone() })?
        };
        let commit = if is_disabled { self.disabled(&webhook, commit).await? } else { commit };
        match self.inner.repository.commit_unaudited(commit).await {
            Err(DeployerError::ChangedMeanwhile(_)) => {
                // The delivery alone: the call was made.
                let commit = Commit::new().fenced_by(lease).replace(found, &record)?;
                self.inner.repository.commit_unaudited(commit).await?;
            }
            other => other?,
        }
        Ok(state)
    }

    /// Adds to a commit that a webhook gets nothing any more. What waits stays, until it is enabled again. A finding says
    /// so, to the other webhooks as well.
    async fn disabled(&self, webhook: &Webhook, commit: Commit) -> Result<Commit, DeployerError> {
        let reason = webhook.disabled.as_ref().map(|it| it.reason.clone()).unwrap_or_default();
        tracing::warn!(webhook = webhook.id, reason, "a webhook is disabled");
        let summary = format!("webhook `{}` gets nothing any more: {reason}", webhook.id);
        let details = vec!["repair the receiver, then enable the webhook again".to_owned()];
        let seen = Seen::new(Severity::Error, "disabled", summary).with_details(details);
        self.with_webhook_finding(&webhook.id, Some(seen), commit).await
    }

    /// Adds to a commit what is found about a webhook; nothing is wrong with it if nothing is seen. Of the others nothing is
    /// said.
    pub(crate) async fn with_webhook_finding(
        &self,
        id: &str,
        seen: Option<Seen>,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        let repository = &self.inner.repository;
        let subject =
            FindingSubject::new(FindingKind::WebhookDisabled, None).with_name(id.to_owned());
        let found = repository.find::<WatchRecord>(WatchRecord::WEBHOOKS).await?;
        let known = found.as_ref().map(|found| found.value.clone());
        let known = known.unwrap_or_else(WatchRecord::of_webhooks);
        let now = self.now();
        let compared = match seen {
            Some(seen) => {
                let mut observation = Observation::nothing(now);
                observation.see(subject, seen);
                compare(&known.findings, &observation, &[])
            }
            None => resolve(&known.findings, &subject, now),
        };
        if compared.events.is_empty() {
            return Ok(commit);
        }
        let new = WatchRecord { findings: compared.findings, ..known };
        let commit = match &found {
            Some(found) => commit.replace(found, &new)?,
            None => commit.create(&new)?,
        };
        self.with_deliveries(commit, &compared.events, None, Some(id)).await
    }

    /// Removes what is left of webhooks that are gone: a process may have died between the two commits of a deletion.
    async fn clear_deliveries(&self) -> Result<(), DeployerError> {
        let repository = &self.inner.repository;
        let listed = repository.readable_below::<DeliveryRecord>("").await?;
        let known = repository.readable_below::<Webhook>("").await?;
        let mut left: Vec<_> = listed.into_iter().map(|it| it.delivery.webhook).collect();
        left.dedup();
        left.retain(|id| known.iter().all(|webhook| webhook.id != *id));
        for id in left {
            self.clear_deliveries_of(&id).await?;
        }
        Ok(())
    }

    /// Removes what is left of a webhook that is gone: an event that was committed while it was deleted. Nothing is added to
    /// one that is not there.
    pub(crate) async fn clear_deliveries_of(&self, id: &str) -> Result<(), DeployerError> {
        let repository = &self.inner.repository;
        let left = repository.readable_below::<DeliveryRecord>(&format!("{id}/")).await?;
        if left.is_empty() {
            return Ok(());
        }
        let is_gone = Commit::new().check(WebhookRecord::KIND.key(id), Expected::Absent);
        let commit = left.into_iter().fold(is_gone, |commit, record| {
            commit.delete(DeliveryRecord::KIND.key(record.record_id()), Expected::Any)
        });
        match repository.commit_unaudited(commit).await {
            // There is another one with this id, which began without them.
            Err(DeployerError::ChangedMeanwhile(_)) => Ok(()),
            other => other,
        }
    }

    /// Removes what has ended long ago.
    async fn forget(&self, lease: &Lease, listed: &[DeliveryRecord]) -> Result<(), DeployerError> {
        let old = unneeded(listed, self.now());
        if old.is_empty() {
            return Ok(());
        }
        let commit = old.into_iter().fold(Commit::new().fenced_by(lease), |commit, id| {
            commit.delete(DeliveryRecord::KIND.key(id), Expected::Any)
        });
        self.inner.repository.commit_unaudited(commit).await
    }
}

/// The ids of deliveries that have ended and that nobody needs.
fn unneeded(listed: &[DeliveryRecord], now: Timestamp) -> Vec<String> {
    let ended = || listed.iter().filter(|it| it.delivery.state != DeliveryState::Waiting);
    let too_many = ended().count().saturating_sub(MOST_KEPT);
    let is_old = |record: &DeliveryRecord| {
        now > record.delivery.created && now.millis_since(record.delivery.created) > KEPT
    };
    let old = ended().enumerate().filter(|(number, it)| *number < too_many || is_old(it));
    old.map(|(_, record)| record.record_id()).collect()
}

/// What became of a delivery after so many attempts.
pub(super) fn became(answer: &Sent, attempts: u32) -> DeliveryState {
    if answer.error.is_none() {
        DeliveryState::Delivered
    } else if answer.is_refused() && attempts >= MOST_REFUSALS {
        DeliveryState::GivenUp
    } else {
        DeliveryState::Waiting
    }
}

/// The webhook after a call.
pub(super) fn after(webhook: &Webhook, answer: &Sent, now: Timestamp) -> Webhook {
    let mut webhook = webhook.clone();
    let Some(error) = &answer.error else {
        (webhook.failing_since, webhook.paused_until, webhook.failures) = (None, None, 0);
        return webhook;
    };
    let since = webhook.failing_since.unwrap_or(now);
    webhook.failing_since = Some(since);
    webhook.failures = webhook.failures.saturating_add(1);
    let until = now.as_millis().saturating_add(pause(webhook.failures));
    webhook.paused_until = Some(Timestamp::from_millis(until));
    let reason = if answer.is_gone() {
        Some("its receiver wants nothing more (410)".to_owned())
    } else if now > since && now.millis_since(since) > LONGEST {
        Some(format!("every call since {since} failed, the last one since {error}"))
    } else {
        None
    };
    webhook.disabled = reason.map(|reason| WebhookDisabled { at: now, reason });
    webhook
}

impl Looking for Sending {
    const PAUSE: Duration = Duration::from_secs(2);
    const OBJECT: &str = OBJECT;
    const FAILED: &str = "webhooks could not be looked at";

    async fn look(&mut self, deployer: &Deployer) -> Result<(), DeployerError> {
        if !self.has_cleared {
            deployer.clear_deliveries().await?;
            self.has_cleared = true;
        }
        for id in deployer.webhooks_with_work().await? {
            let is_new =
                self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
            if !is_new {
                continue;
            }
            let busy = Busy(id.clone(), Arc::clone(&self.busy));
            let Ok(member) = deployer.inner.life.begin() else { return Ok(()) };
            let deployer = deployer.clone();
            tokio::spawn(async move {
                let (_member, _busy) = (member, busy);
                let life = Arc::clone(&deployer.inner.life);
                tokio::select! {
                    biased;
                    () = life.reached(Phase::Draining) => {}
                    done = caught(deployer.send_to(id.clone())) => {
                        let object = format!("{OBJECT}/{id}");
                        let error = match done {
                            Ok(Ok(_)) => return life.is_well(&object),
                            Ok(Err(error)) => error.to_string(),
                            Err(panicked) => panicked.to_string(),
                        };
                        if life.is_news(&object, &error) {
                            tracing::warn!(webhook = id, %error, "a webhook could not be served");
                        }
                    }
                }
            });
        }
        Ok(())
    }
}
