//! Webhooks: changes of state go out as signed calls, in the form of Standard Webhooks (G8, J8).
//!
//! What is to be sent is written in the commit of the change, so that nothing is lost: a [`WebhookDelivery`] for each
//! webhook. It is sent until the receiver answers with a success, with the same id at every attempt, by which a receiver
//! recognises what it has already got.

mod backoff;
mod definition;
mod delivery;
mod outbox;
mod rounds;
mod send;

pub(crate) use self::definition::WebhookRecord;
pub use self::definition::{NewWebhook, Webhook, WebhookDisabled, WebhookRequest};
pub(crate) use self::delivery::DeliveryRecord;
pub use self::delivery::{DeliveryState, WebhookDelivery};
pub(crate) use self::outbox::test_event;
pub(crate) use self::send::post;

#[cfg(test)]
mod tests;
