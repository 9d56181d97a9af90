//! What is to be sent, for the commit of the change.

use std::slice;

use project_deployer_client::DeployerError;
use project_deployer_core::Timestamp;
use project_deployer_core::infra::InfraSettings;
use project_deployer_store::Commit;
use serde_json::json;

use super::definition::Webhook;
use super::delivery::{DeliveryRecord, DeliveryState, WebhookDelivery};
use crate::deployer::Deployer;
use crate::hooks::stable_key;
use crate::state::RecordCommit as _;
use crate::watch::{WatchEvent, WatchEventKind};

impl Deployer {
    /// Adds to a commit what goes out about events, to all webhooks but one. The commit needs that these webhooks are
    /// still as they are: nothing may be left of one that is deleted meanwhile.
    pub(crate) async fn with_deliveries(
        &self,
        mut commit: Commit,
        events: &[WatchEvent],
        infra: Option<&InfraSettings>,
        except: Option<&str>,
    ) -> Result<Commit, DeployerError> {
        if events.is_empty() {
            return Ok(commit);
        }
        let repository = &self.inner.repository;
        let listed = repository.readable_below::<Webhook>("").await?;
        for webhook in listed.iter().filter(|webhook| except != Some(webhook.id.as_str())) {
            if deliveries(slice::from_ref(webhook), events, infra).is_empty() {
                continue;
            }
            let Some(found) = repository.find::<Webhook>(&webhook.id).await? else { continue };
            let out = deliveries(slice::from_ref(&found.value), events, infra);
            if !out.is_empty() {
                commit = commit.unchanged(&found);
            }
            commit = out.iter().try_fold(commit, |commit, record| commit.overwrite(record))?;
        }
        Ok(commit)
    }
}

/// The deliveries of events of an infrastructure: one for each webhook that gets an event.
pub(crate) fn deliveries(
    webhooks: &[Webhook],
    events: &[WatchEvent],
    infra: Option<&InfraSettings>,
) -> Vec<DeliveryRecord> {
    let mut all = Vec::new();
    for webhook in webhooks {
        let wanted = events.iter().filter(|event| webhook.gets(event, infra));
        all.extend(wanted.enumerate().map(|(place, event)| delivery(webhook, event, place)));
    }
    all
}

fn delivery(webhook: &Webhook, event: &WatchEvent, place: usize) -> DeliveryRecord {
    let at = event.at.as_millis().to_string();
    let key = stable_key(&[&webhook.id, event.kind.as_str(), &event.object, &at]);
    let delivery = WebhookDelivery {
        id: key.replacen("hook_", "msg_", 1),
        webhook: webhook.id.clone(),
        event: event.kind,
        created: event.at,
        state: DeliveryState::Waiting,
        attempts: 0,
        last_attempt: None,
        last_status: None,
        last_error: None,
    };
    let body = DeliveryRecord::body(event.kind, event.at, &event.data);
    DeliveryRecord { delivery, body, place }
}

/// What somebody who tries a webhook sends: it names no object.
pub(crate) fn test_event(webhook: &Webhook, at: Timestamp, unique: &str) -> DeliveryRecord {
    let kind = webhook.events.iter().next().copied().unwrap_or(WatchEventKind::FindingOpened);
    let event = WatchEvent::test(kind, at, unique, json!({"isTest": true}));
    delivery(webhook, &event, 0)
}
