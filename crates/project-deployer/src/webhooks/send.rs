//! One call of a webhook.

use std::time::Duration;

use bytes::Bytes;
use project_deployer_client::{HookPost, HookSender};
use project_deployer_core::Timestamp;
use tokio::time::timeout;

use super::definition::WebhookRecord;
use super::delivery::DeliveryRecord;
use crate::hooks::signed_headers;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What came of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The HTTP status, if there was an answer.
    pub(crate) status: Option<u16>,
    /// What was wrong; none is a success.
    pub(crate) error: Option<String>,
}

impl Sent {
    /// The receiver says that something is wrong with the call (4xx), and not that it cannot take it now (408, 429) or
    /// wants nothing more (410).
    pub(super) fn is_refused(&self) -> bool {
        self.status.is_some_and(|it| (400..500).contains(&it) && !matches!(it, 408 | 410 | 429))
    }

    /// The receiver says that it wants nothing more (410).
    pub(super) fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// Sends a delivery once, signed as Standard Webhooks defines it. Any answer but a success is a failure; what it says is
/// not repeated, since it may hold anything.
pub(crate) async fn post(
    sender: &dyn HookSender,
    to: &WebhookRecord,
    record: &DeliveryRecord,
    at: Timestamp,
) -> Sent {
    let body = Bytes::from(record.body.clone());
    let mut post = HookPost::new(to.webhook.url.clone(), body.clone());
    post.trust_all_certificates = to.webhook.trust_all_certificates;
    post.ignore_body = true;
    post.headers = signed_headers(&to.secret, &record.delivery.id, at, &body);
    match timeout(TIMEOUT, sender.post(&post)).await {
        Ok(Ok(reply)) if (200..300).contains(&reply.status) => {
            Sent { status: Some(reply.status), error: None }
        }
        Ok(Ok(reply)) => {
            let status = reply.status;
            Sent { status: Some(status), error: Some(format!("it answered {status}")) }
        }
        Ok(Err(kind)) => Sent { status: None, error: Some(kind.about("the receiver")) },
        Err(_) => {
            let error = format!("it did not answer within {} s", TIMEOUT.as_secs());
            Sent { status: None, error: Some(error) }
        }
    }
}
