//! What a webhook is.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use project_deployer_client::DeployerError;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::{
    ApiKeySecret, InfraId, Login, NodeAddress, StageId, Timestamp, setters,
};
use project_deployer_store::{Collection, Secrets};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hooks::is_malformed;
use crate::state::{Record, Stored, typed};
use crate::watch::{WatchEvent, WatchEventKind};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The longest id of a webhook, in bytes.
const LONGEST_ID: usize = 64;

/// A webhook: who gets which events. Its secret is never shown again after it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Where calls go. They are sent under the rules for addresses of nodes and hooks.
    pub url: NodeAddress,
    /// Accept any certificate.
    #[serde(default)]
    pub trust_all_certificates: bool,
    /// Which events it gets.
    pub events: BTreeSet<WatchEventKind>,
    /// Only of infrastructures of these stages; of all if there is none.
    #[serde(default)]
    pub stages: BTreeSet<StageId>,
    /// Only of these infrastructures; of all if there is none.
    #[serde(default)]
    pub infras: BTreeSet<InfraId>,
    /// Whether it gets anything.
    pub enabled: bool,
    /// Why the Deployer disabled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<WebhookDisabled>,
    /// Since when every call has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Nothing is sent before this time, since the last call failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    /// How many calls have failed, one after the other.
    #[serde(default)]
    pub failures: u32,
    /// Who changed it last.
    pub by: Login,
    /// When.
    pub at: Timestamp,
}

/// Why the Deployer sends nothing any more to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WebhookDisabled {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A webhook that was made, with its secret. Nothing else shows the secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// The secret, by which the receiver checks signatures; none if it stayed as it was.
    pub secret: Option<ApiKeySecret>,
}

/// A webhook to make, or to change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookRequest {
    /// Its id: letters, digits, `-` and `_`.
    pub id: String,
    /// Where calls go.
    pub url: NodeAddress,
    /// Accept any certificate.
    pub trust_all_certificates: bool,
    /// Which events it gets. Findings by default.
    pub events: BTreeSet<WatchEventKind>,
    /// Only of infrastructures of these stages; of all if there is none.
    pub stages: BTreeSet<StageId>,
    /// Only of these infrastructures; of all if there is none.
    pub infras: BTreeSet<InfraId>,
    /// Whether it gets anything.
    pub enabled: bool,
    /// A new secret is made, also if there is one.
    pub new_secret: bool,
}

impl WebhookRequest {
    /// A webhook that gets all findings.
    #[must_use]
    pub fn new(id: impl Into<String>, url: NodeAddress) -> Self {
        Self {
            id: id.into(),
            url,
            trust_all_certificates: false,
            events: WatchEventKind::ALL
                .into_iter()
                .filter(|kind| *kind != WatchEventKind::HealthChanged)
                .collect(),
            stages: BTreeSet::new(),
            infras: BTreeSet::new(),
            enabled: true,
            new_secret: false,
        }
    }

    /// The webhook that it makes, with a new secret if there is none or a new one is wanted.
    pub(crate) fn made(
        self,
        old: Option<&WebhookRecord>,
        by: Login,
        at: Timestamp,
    ) -> Result<(WebhookRecord, bool), DeployerError> {
        let Self { id, url, trust_all_certificates, events, stages, infras, enabled, new_secret } =
            self;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if id.is_empty() || id.len() > LONGEST_ID || !id.chars().all(is_plain) {
            return Err(DeployerError::not_possible(
                format!("`{id}` is no id of a webhook"),
                format!("use at most {LONGEST_ID} letters, digits, `-` and `_`"),
            ));
        }
        if events.is_empty() {
            return Err(DeployerError::not_possible(
                format!("webhook `{id}` would get no events"),
                "name at least one event",
            ));
        }
        let is_new = new_secret || old.is_none();
        let secret = match old.filter(|_| !new_secret) {
            Some(old) => old.secret.clone(),
            None => new_webhook_secret()?,
        };
        let webhook = Webhook {
            id,
            url,
            trust_all_certificates,
            events,
            stages,
            infras,
            enabled,
            // Whoever changes it gives it a new chance.
            disabled: None,
            failing_since: None,
            paused_until: None,
            failures: 0,
            by,
            at,
        };
        Ok((WebhookRecord { webhook, secret }, is_new))
    }
}

setters!(WebhookRequest {
    with_trust_all_certificates(trust_all_certificates: bool),
    with_events(events: BTreeSet<WatchEventKind>),
    with_stages(stages: BTreeSet<StageId>),
    with_infras(infras: BTreeSet<InfraId>),
    with_enabled(enabled: bool),
    with_new_secret(new_secret: bool),
});

/// A secret in the form of Standard Webhooks: 32 random bytes.
fn new_webhook_secret() -> Result<ApiKeySecret, DeployerError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| DeployerError::state("random numbers", error.to_string()))?;
    ApiKeySecret::new(format!("whsec_{}", STANDARD.encode(bytes)))
        .map_err(|error| DeployerError::state("a secret", error))
}

impl Webhook {
    /// Whether calls go out.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.enabled && self.disabled.is_none()
    }

    /// Whether it gets an event of an infrastructure. What is about no infrastructure is for webhooks that get all of them.
    pub(super) fn gets(&self, event: &WatchEvent, infra: Option<&InfraSettings>) -> bool {
        let is_wanted = |infra: &InfraSettings| {
            (self.stages.is_empty() || self.stages.contains(&infra.stage))
                && (self.infras.is_empty() || self.infras.contains(&infra.id))
        };
        self.is_active()
            && self.events.contains(&event.kind)
            && infra.map_or(self.stages.is_empty() && self.infras.is_empty(), is_wanted)
    }
}

/// A webhook with its secret, which is sealed beside it.
#[derive(Debug, Clone)]
pub(crate) struct WebhookRecord {
    pub(crate) webhook: Webhook,
    pub(crate) secret: ApiKeySecret,
}

impl WebhookRecord {
    const SECRET: &str = "secret";
}

impl Record for WebhookRecord {
    const KIND: Collection = Collection::new("webhook");
    const NOUN: &'static str = "webhook";

    fn id(&self) -> String {
        self.webhook.id.clone()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        let secrets = [(Self::SECRET.to_owned(), self.secret.to_secret_string())];
        Ok((serde_json::to_value(&self.webhook)?, Secrets::from(secrets)))
    }

    fn read(Stored { body, mut secrets }: Stored) -> Result<Self, Failure> {
        let webhook: Webhook = typed(body)?;
        let secret = secrets.remove(Self::SECRET).ok_or("it has no secret")?;
        let secret = ApiKeySecret::new(secret.expose_secret())?;
        if is_malformed(&secret) {
            return Err("its secret is none of Standard Webhooks".into());
        }
        Ok(Self { webhook, secret })
    }
}

/// A webhook of a list, which has no secret.
impl Record for Webhook {
    const KIND: Collection = WebhookRecord::KIND;
    const NOUN: &'static str = WebhookRecord::NOUN;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn write(&self) -> Result<(Value, Secrets), Failure> {
        Err("a webhook is written with its secret".into())
    }

    fn read(stored: Stored) -> Result<Self, Failure> {
        Ok(typed(stored.body)?)
    }
}
