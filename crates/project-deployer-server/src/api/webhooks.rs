//! Webhooks: who gets which events, and what was sent.

use std::collections::BTreeSet;

use axum::Json;
use axum::http::StatusCode;
use project_deployer::core::{InfraId, NodeAddress, StageId, Timestamp};
use project_deployer::webhooks::{self, DeliveryState, NewWebhook, WebhookRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::reply::{Created, segment};
use super::request::{Answer, Body, Caller, Ids};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(change, delete))
        .routes(routes!(attempt))
        .routes(routes!(deliveries))
}

/// A webhook, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Webhook {
    /// Its id.
    id: String,
    /// Where calls go.
    url: String,
    /// Accept any certificate.
    trust_all_certificates: bool,
    /// Which events it gets.
    events: Vec<&'static str>,
    /// Only of infrastructures of these stages; of all if there is none.
    stages: Vec<String>,
    /// Only of these infrastructures; of all if there is none.
    infras: Vec<String>,
    /// Whether somebody wants it to get something.
    enabled: bool,
    /// Why the Deployer sends nothing any more; none while it sends.
    disabled: Option<String>,
    /// Since when every call has failed, in milliseconds since 1970.
    failing_since: Option<i64>,
    /// Nothing is sent before this time, in milliseconds since 1970, since the last call failed.
    paused_until: Option<i64>,
    /// The secret, by which the receiver checks signatures: only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl From<webhooks::Webhook> for Webhook {
    fn from(found: webhooks::Webhook) -> Self {
        Self {
            id: found.id,
            url: found.url.to_string(),
            trust_all_certificates: found.trust_all_certificates,
            events: found.events.iter().map(|event| event.as_str()).collect(),
            stages: found.stages.iter().map(ToString::to_string).collect(),
            infras: found.infras.iter().map(ToString::to_string).collect(),
            enabled: found.enabled,
            disabled: found.disabled.map(|it| it.reason),
            failing_since: found.failing_since.map(Timestamp::as_millis),
            paused_until: found.paused_until.map(Timestamp::as_millis),
            secret: None,
        }
    }
}

impl From<NewWebhook> for Webhook {
    fn from(new: NewWebhook) -> Self {
        let secret = new.secret.map(|secret| secret.expose().to_owned());
        Self { secret, ..new.webhook.into() }
    }
}

/// All webhooks.
#[derive(Debug, Serialize, ToSchema)]
struct Webhooks {
    /// The webhooks, by id.
    items: Vec<Webhook>,
}

/// A webhook to make, or to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WebhookBody {
    /// Where calls go.
    url: String,
    /// Accept any certificate.
    #[serde(default)]
    trust_all_certificates: bool,
    /// Which events it gets; all about findings without it.
    events: Option<Vec<String>>,
    /// Only of infrastructures of these stages.
    #[serde(default)]
    stages: Vec<String>,
    /// Only of these infrastructures.
    #[serde(default)]
    infras: Vec<String>,
    /// Whether it gets anything.
    #[serde(default = "yes")]
    enabled: bool,
    /// Make a new secret, also if there is one.
    #[serde(default)]
    new_secret: bool,
}

fn yes() -> bool {
    true
}

/// A webhook to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewWebhookBody {
    /// Its id: letters, digits, `-` and `_`.
    id: String,
    /// Where calls go.
    url: String,
    /// Accept any certificate.
    #[serde(default)]
    trust_all_certificates: bool,
    /// Which events it gets; all about findings without it.
    events: Option<Vec<String>>,
    /// Only of infrastructures of these stages.
    #[serde(default)]
    stages: Vec<String>,
    /// Only of these infrastructures.
    #[serde(default)]
    infras: Vec<String>,
}

/// What came of a webhook that was tried.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookTrial {
    /// The id of the message. No event has it.
    id: String,
    /// The HTTP status of the answer, if there was one.
    status: Option<u16>,
    /// What was wrong; none is a success.
    error: Option<String>,
}

/// An event on its way to a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WebhookDelivery {
    /// The id of the message, the same at every attempt.
    id: String,
    /// What happened.
    event: &'static str,
    /// When, in milliseconds since 1970.
    created: i64,
    /// `waiting`, `delivered` or `given-up`.
    state: &'static str,
    /// How often it was sent.
    attempts: u32,
    /// When it was sent for the last time, in milliseconds since 1970.
    last_attempt: Option<i64>,
    /// The HTTP status of the last answer.
    last_status: Option<u16>,
    /// What was wrong at the last attempt.
    last_error: Option<String>,
}

/// What was sent to a webhook, and what waits.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookDeliveries {
    /// The deliveries, the latest first.
    items: Vec<WebhookDelivery>,
}

/// List all webhooks, without their secrets.
#[utoipa::path(get, path = "/webhooks", operation_id = "listWebhooks", tag = "watching",
    responses((status = 200, body = Webhooks)))]
async fn list(caller: Caller) -> Answer<Json<Webhooks>> {
    let items = caller.webhooks().await?.into_iter().map(Into::into).collect();
    Ok(Json(Webhooks { items }))
}

/// Make a webhook. The answer has its secret, which nothing shows again.
#[utoipa::path(post, path = "/webhooks", operation_id = "createWebhook", tag = "watching",
    request_body = NewWebhookBody, responses((status = 201, body = Webhook)))]
async fn create(caller: Caller, Body(new): Body<NewWebhookBody>) -> Answer<Created<Webhook>> {
    let NewWebhookBody { id, url, trust_all_certificates, events, stages, infras } = new;
    let body = WebhookBody {
        url,
        trust_all_certificates,
        events,
        stages,
        infras,
        enabled: true,
        new_secret: false,
    };
    let made = caller.create_webhook(request(&id, body)?).await?;
    Ok(Created(format!("webhooks/{}", segment(&id)), made.into()))
}

/// Replace a webhook. It keeps its secret unless a new one is wanted. One that was disabled since it failed gets what
/// waits for it.
#[utoipa::path(put, path = "/webhooks/{webhook}", operation_id = "changeWebhook", tag = "watching",
    params(("webhook" = String, Path, description = "The id of the webhook")),
    request_body = WebhookBody, responses((status = 200, body = Webhook)))]
async fn change(caller: Caller, ids: Ids, Body(body): Body<WebhookBody>) -> Answer<Json<Webhook>> {
    Ok(Json(caller.edit_webhook(request(ids.text("webhook"), body)?).await?.into()))
}

/// Delete a webhook, with what waits for it.
#[utoipa::path(delete, path = "/webhooks/{webhook}", operation_id = "deleteWebhook", tag = "watching",
    params(("webhook" = String, Path, description = "The id of the webhook")), responses((status = 204)))]
async fn delete(caller: Caller, ids: Ids) -> Answer<StatusCode> {
    caller.delete_webhook(ids.text("webhook")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send an event to a webhook now, which says that it is a test.
#[utoipa::path(post, path = "/webhooks/{webhook}/test", operation_id = "tryWebhook", tag = "watching",
    params(("webhook" = String, Path, description = "The id of the webhook")),
    responses((status = 200, body = WebhookTrial)))]
async fn attempt(caller: Caller, ids: Ids) -> Answer<Json<WebhookTrial>> {
    let tried = caller.try_webhook(ids.text("webhook")).await?;
    Ok(Json(WebhookTrial { id: tried.id, status: tried.status, error: tried.error }))
}

/// List what was sent to a webhook, and what waits.
#[utoipa::path(get, path = "/webhooks/{webhook}/deliveries", operation_id = "listWebhookDeliveries",
    tag = "watching", params(("webhook" = String, Path, description = "The id of the webhook")),
    responses((status = 200, body = WebhookDeliveries)))]
async fn deliveries(caller: Caller, ids: Ids) -> Answer<Json<WebhookDeliveries>> {
    let found = caller.webhook_deliveries(ids.text("webhook")).await?;
    let items = found.into_iter().map(|it| WebhookDelivery {
        id: it.id,
        event: it.event.as_str(),
        created: it.created.as_millis(),
        state: match it.state {
            DeliveryState::Delivered => "delivered",
            DeliveryState::GivenUp => "given-up",
            _ => "waiting",
        },
        attempts: it.attempts,
        last_attempt: it.last_attempt.map(Timestamp::as_millis),
        last_status: it.last_status,
        last_error: it.last_error,
    });
    Ok(Json(WebhookDeliveries { items: items.collect() }))
}

fn request(id: &str, body: WebhookBody) -> Answer<WebhookRequest> {
    let url = NodeAddress::parse(&body.url).map_err(|error| {
        Problem::field("url", error.to_string(), "write an address such as https://example.com/x")
    })?;
    let mut request = WebhookRequest::new(id, url)
        .with_trust_all_certificates(body.trust_all_certificates)
        .with_enabled(body.enabled)
        .with_new_secret(body.new_secret)
        .with_stages(parsed("stages", &body.stages, |text| StageId::parse(text))?)
        .with_infras(parsed("infras", &body.infras, |text| InfraId::parse(text))?);
    if let Some(events) = body.events {
        request = request.with_events(parsed("events", &events, |text| text.parse())?);
    }
    Ok(request)
}

fn parsed<T: Ord, E: std::fmt::Display>(
    field: &str,
    texts: &[String],
    parse: impl Fn(&str) -> Result<T, E>,
) -> Answer<BTreeSet<T>> {
    let each = texts.iter().map(|text| {
        parse(text).map_err(|error| Problem::field(field, error.to_string(), "correct it"))
    });
    each.collect()
}
