//! Webhooks. Over HTTP a Deployer of this project has them.

use project_deployer::core::ApiKeySecret;
use project_deployer::webhooks::{DeliveryState, NewWebhook, Webhook, WebhookRequest};
use project_deployer_client::request::frontend::watching::{self, WebhookFound, WebhookMade};
use serde::Serialize;
use serde_json::{Value, json};

use super::watching::text;
use super::{Face, service};
use crate::failure::Failure;

/// A webhook, from here or from there, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebhookFacts {
    pub(crate) id: String,
    url: String,
    trust_all_certificates: bool,
    events: Vec<String>,
    stages: Vec<String>,
    infras: Vec<String>,
    enabled: bool,
    disabled: Option<String>,
    failing_since: Option<String>,
    paused_until: Option<String>,
}

/// A webhook that was made or changed, with the secret that was made for it.
#[derive(Debug)]
pub(crate) struct MadeWebhook {
    pub(crate) id: String,
    pub(crate) secret: Option<ApiKeySecret>,
}

/// What came of a webhook that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TrialFacts {
    pub(crate) id: String,
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
}

/// An event on its way to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryFacts {
    id: String,
    event: String,
    created_at: String,
    state: String,
    attempts: u32,
    last_status: Option<u16>,
    last_error: Option<String>,
}

/// Webhooks.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
impl Face {
    pub(crate) async fn list_webhooks(&self) -> Result<Vec<WebhookFacts>, Failure> {
        match self {
            Self::Engine(session) => {
                Ok(session.webhooks().await?.into_iter().map(Into::into).collect())
            }
            Self::Remote(remote) => {
                let found = service::call(remote, &watching::webhooks(), "list webhooks").await?;
                Ok(found.into_iter().map(Into::into).collect())
            }
        }
    }

    pub(crate) async fn new_webhook(
        &self,
        request: WebhookRequest,
    ) -> Result<MadeWebhook, Failure> {
        match self {
            Self::Engine(session) => Ok(session.create_webhook(request).await?.into()),
            Self::Remote(remote) => {
                let mut body = body(&request);
                if let Some(fields) = body.as_object_mut() {
                    fields.insert("id".to_owned(), Value::from(request.id.as_str()));
                }
                let call = watching::create_webhook(&body);
                Ok(service::call(remote, &call, "make webhooks").await?.into())
            }
        }
    }

    pub(crate) async fn change_webhook(
        &self,
        request: WebhookRequest,
    ) -> Result<MadeWebhook, Failure> {
        match self {
            Self::Engine(session) => Ok(session.edit_webhook(request).await?.into()),
            Self::Remote(remote) => {
                let mut body = body(&request);
                if let Some(fields) = body.as_object_mut() {
                    fields.insert("enabled".to_owned(), Value::from(request.enabled));
                    fields.insert("newSecret".to_owned(), Value::from(request.new_secret));
                }
                let call = watching::edit_webhook(&request.id, &body);
                Ok(service::call(remote, &call, "edit webhooks").await?.into())
            }
        }
    }

    pub(crate) async fn drop_webhook(&self, id: &str) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.delete_webhook(id).await?),
            Self::Remote(remote) => {
                service::call(remote, &watching::delete_webhook(id), "delete webhooks").await
            }
        }
    }

    pub(crate) async fn test_webhook(&self, id: &str) -> Result<TrialFacts, Failure> {
        match self {
            Self::Engine(session) => {
                let tried = session.try_webhook(id).await?;
                Ok(TrialFacts { id: tried.id, status: tried.status, error: tried.error })
            }
            Self::Remote(remote) => {
                let tried =
                    service::call(remote, &watching::try_webhook(id), "try webhooks").await?;
                Ok(TrialFacts { id: tried.id, status: tried.status, error: tried.error })
            }
        }
    }

    pub(crate) async fn sent_to(&self, id: &str) -> Result<Vec<DeliveryFacts>, Failure> {
        match self {
            Self::Engine(session) => {
                let sent =
                    session.webhook_deliveries(id).await?.into_iter().map(|it| DeliveryFacts {
                        id: it.id,
                        event: it.event.to_string(),
                        created_at: it.created.to_string(),
                        state: word(it.state).to_owned(),
                        attempts: it.attempts,
                        last_status: it.last_status,
                        last_error: it.last_error,
                    });
                Ok(sent.collect())
            }
            Self::Remote(remote) => {
                let found =
                    service::call(remote, &watching::deliveries(id), "list deliveries").await?;
                let sent = found.into_iter().map(|it| DeliveryFacts {
                    id: it.id,
                    event: it.event,
                    created_at: it.created.to_string(),
                    state: it.state,
                    attempts: it.attempts,
                    last_status: it.last_status,
                    last_error: it.last_error,
                });
                Ok(sent.collect())
            }
        }
    }
}

/// What both a new webhook and a changed one say.
fn body(request: &WebhookRequest) -> Value {
    json!({
        "url": request.url, "trustAllCertificates": request.trust_all_certificates,
        "events": request.events, "stages": request.stages, "infras": request.infras,
    })
}

fn word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Delivered => "delivered",
        DeliveryState::GivenUp => "given-up",
        _ => "waiting",
    }
}

impl From<Webhook> for WebhookFacts {
    fn from(found: Webhook) -> Self {
        Self {
            id: found.id,
            url: found.url.to_string(),
            trust_all_certificates: found.trust_all_certificates,
            events: found.events.iter().map(ToString::to_string).collect(),
            stages: found.stages.iter().map(ToString::to_string).collect(),
            infras: found.infras.iter().map(ToString::to_string).collect(),
            enabled: found.enabled,
            disabled: found.disabled.map(|it| it.reason),
            failing_since: text(found.failing_since),
            paused_until: text(found.paused_until),
        }
    }
}

impl From<WebhookFound> for WebhookFacts {
    fn from(found: WebhookFound) -> Self {
        Self {
            id: found.id,
            url: found.url,
            trust_all_certificates: found.trust_all_certificates,
            events: found.events,
            stages: found.stages,
            infras: found.infras,
            enabled: found.enabled,
            disabled: found.disabled,
            failing_since: text(found.failing_since),
            paused_until: text(found.paused_until),
        }
    }
}

impl From<NewWebhook> for MadeWebhook {
    fn from(new: NewWebhook) -> Self {
        Self { id: new.webhook.id, secret: new.secret }
    }
}

impl From<WebhookMade> for MadeWebhook {
    fn from(made: WebhookMade) -> Self {
        Self { id: made.webhook.id, secret: made.secret }
    }
}
