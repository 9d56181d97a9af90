//! What is sent to one webhook.

use project_deployer_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::watch::WatchEventKind;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DeliveryState {
    /// It is to be sent.
    Waiting,
    /// The receiver answered with a success.
    Delivered,
    /// The receiver refused it, also when it was sent again.
    GivenUp,
}

/// An event on its way to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WebhookDelivery {
    /// The id of the message, the same at every attempt.
    pub id: String,
    /// The webhook.
    pub webhook: String,
    /// What happened.
    pub event: WatchEventKind,
    /// When.
    pub created: Timestamp,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was sent for the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_attempt: Option<Timestamp>,
    /// The HTTP status of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_status: Option<u16>,
    /// What was wrong at the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// A delivery with what is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryRecord {
    #[serde(flatten)]
    pub(crate) delivery: WebhookDelivery,
    /// The body, as a text: what was signed must not change.
    pub(crate) body: String,
    /// The place among the events of one commit.
    pub(crate) place: usize,
}

impl DeliveryRecord {
    /// By webhook and in the order of the events.
    pub(crate) fn record_id(&self) -> String {
        let WebhookDelivery { webhook, created, id, .. } = &self.delivery;
        format!("{webhook}/{:016}/{:06}/{id}", created.as_millis().max(0), self.place)
    }

    /// The body of an event.
    pub(super) fn body(event: WatchEventKind, at: Timestamp, data: &Value) -> String {
        serde_json::json!({"type": event, "timestamp": at.to_string(), "data": data}).to_string()
    }
}
