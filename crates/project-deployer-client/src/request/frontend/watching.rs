//! Watching: settings, rounds, findings and webhooks.

use project_deployer_core::{ApiKeySecret, InfraId, Login, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::{Call, NodeRequest};
use super::{get, items, ours};
use crate::error::NodeErrorKind;
use crate::response::decode;

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WatchFound {
    /// The settings.
    pub settings: Vec<WatchSettingFound>,
    /// The checks of each infrastructure that the caller sees.
    pub items: Vec<WatchedCheckFound>,
}

/// How often something is watched, and what is ignored there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WatchSettingFound {
    /// `everything` or `infrastructure/ID`.
    pub scope: String,
    /// The seconds from one round of health to the next; none for no rounds.
    pub health_every: Option<u64>,
    /// The seconds from one round of parity to the next; none for no rounds.
    pub parity_every: Option<u64>,
    /// Which findings are ignored.
    #[serde(default)]
    pub ignored: Vec<IgnoreRuleFound>,
}

/// A rule by which findings are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct IgnoreRuleFound {
    /// Its id.
    pub id: String,
    /// Which kind of findings.
    pub kind: String,
    /// Only those whose login, group, scenario or node is so; `*` stands for anything.
    pub name: Option<String>,
    /// Only those in which nothing but fields that are so differs; `*` stands for anything.
    pub field: Option<String>,
    /// Why.
    pub reason: String,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// Who made it.
    pub by: Login,
    /// When.
    pub at: Timestamp,
}

/// One check of an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WatchedCheckFound {
    /// The infrastructure.
    pub infra: InfraId,
    /// `health` or `parity`.
    pub check: String,
    /// The seconds from one round to the next; none for no rounds.
    pub every: Option<u64>,
    /// When the last round ended.
    pub last_ended: Option<Timestamp>,
    /// Why something could not be looked at in the last round.
    pub unknown: Vec<String>,
    /// When the next round is due.
    pub next: Option<Timestamp>,
    /// Whether rounds pause because of a maintenance.
    pub in_maintenance: bool,
    /// How many findings are open, apart from those that are ignored.
    pub open: usize,
    /// How many findings are open and ignored.
    #[serde(default)]
    pub ignored: usize,
    /// Why the setting that it should have does not count, if so.
    #[serde(default)]
    pub problem: Option<String>,
}

/// What a round changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WatchRunFound {
    /// The infrastructure.
    pub infra: InfraId,
    /// `health` or `parity`.
    pub check: String,
    /// When it ended.
    pub ended: Timestamp,
    /// Why something could not be looked at.
    pub unknown: Vec<String>,
    /// How many findings were opened.
    pub opened: usize,
    /// How many findings have another status.
    pub changed: usize,
    /// How many findings were resolved.
    pub resolved: usize,
    /// How many findings are open now, apart from those that are ignored.
    pub open: usize,
    /// How many findings are open and ignored.
    #[serde(default)]
    pub ignored: usize,
}

/// Something that is not as it should be, or was not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FindingFound {
    /// Its id.
    pub id: String,
    /// What is wrong.
    pub kind: String,
    /// The infrastructure.
    pub infra: Option<String>,
    /// The deployment, if it is about one.
    pub deployment: Option<String>,
    /// The node, or the location of a login.
    pub node: Option<String>,
    /// The login, group, scenario or webhook.
    pub name: Option<String>,
    /// `INFO`, `WARNING` or `ERROR`.
    pub severity: String,
    /// The state in one word.
    pub status: String,
    /// What is wrong, in a sentence.
    pub summary: String,
    /// What differs, or what to do.
    pub details: Vec<String>,
    /// When it was seen for the first time.
    pub first_seen: Timestamp,
    /// When it was seen for the last time.
    pub last_seen: Timestamp,
    /// In how many rounds it was seen.
    pub times_seen: u64,
    /// When it was resolved; none while it is open.
    pub resolved: Option<Timestamp>,
    /// Who knows of it.
    pub acknowledged: Option<AcknowledgementFound>,
    /// The rule by which it is ignored.
    #[serde(default)]
    pub ignored: Option<IgnoreRuleFound>,
}

/// Somebody knows of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AcknowledgementFound {
    /// Who.
    pub by: Login,
    /// Why nothing has to be done now.
    pub note: String,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
}

/// A webhook, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WebhookFound {
    /// Its id.
    pub id: String,
    /// Where calls go.
    pub url: String,
    /// Accept any certificate.
    pub trust_all_certificates: bool,
    /// Which events it gets.
    pub events: Vec<String>,
    /// Only of infrastructures of these stages; of all if there is none.
    pub stages: Vec<String>,
    /// Only of these infrastructures; of all if there is none.
    pub infras: Vec<String>,
    /// Whether somebody wants it to get something.
    pub enabled: bool,
    /// Why the Deployer sends nothing any more; none while it sends.
    pub disabled: Option<String>,
    /// Since when every call has failed.
    pub failing_since: Option<Timestamp>,
    /// Nothing is sent before this time, since the last call failed.
    #[serde(default)]
    pub paused_until: Option<Timestamp>,
}

/// A webhook that was made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookMade {
    /// The webhook.
    pub webhook: WebhookFound,
    /// Its secret, if one was made.
    pub secret: Option<ApiKeySecret>,
}

/// What came of a webhook that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WebhookTried {
    /// The id of the message.
    pub id: String,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// What was wrong; none is a success.
    pub error: Option<String>,
}

/// An event on its way to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeliveryFound {
    /// The id of the message.
    pub id: String,
    /// What happened.
    pub event: String,
    /// When.
    pub created: Timestamp,
    /// `waiting`, `delivered` or `given-up`.
    pub state: String,
    /// How often it was sent.
    pub attempts: u32,
    /// The HTTP status of the last answer.
    pub last_status: Option<u16>,
    /// What was wrong at the last attempt.
    pub last_error: Option<String>,
}

/// What is watched, and with what result.
pub fn show() -> Call<WatchFound> {
    get("show what is watched", &["watch"]).list().json()
}

/// Says how often something is watched. `scope` is `everything` or `infrastructure/ID`.
pub fn set(scope: &str, health_every: Option<u64>, parity_every: Option<u64>) -> Call<()> {
    let body = json!({ "healthEvery": health_every, "parityEvery": parity_every });
    let request = NodeRequest::put("say how often something is watched", &["watch"], body);
    ours(request).with_query("scope", scope).nothing()
}

/// Removes a setting.
pub fn remove(scope: &str) -> Call<()> {
    let request = NodeRequest::delete("remove a setting of watching", &["watch"]);
    ours(request).with_query("scope", scope).nothing()
}

/// Watches an infrastructure now. A second round at the same time would be refused.
pub fn run(infra: &InfraId, check: &str) -> Call<WatchRunFound> {
    let path = ["infrastructures", infra.as_str(), "watch", check];
    ours(NodeRequest::post(format!("watch infrastructure {infra}"), &path)).task().json()
}

/// Ignores findings of a scope: `rule` has `kind`, `reason`, and as it fits `name`, `field` and `until`.
pub fn ignore(scope: &str, rule: &Value) -> Call<IgnoreRuleFound> {
    let request = ours(NodeRequest::post("ignore findings", &["watch", "ignored"]));
    request.with_query("scope", scope).with_body(rule).json()
}

/// Removes a rule by which findings are ignored.
pub fn stop_ignoring(scope: &str, rule: &str) -> Call<()> {
    let request = NodeRequest::delete("stop ignoring findings", &["watch", "ignored", rule]);
    ours(request).with_query("scope", scope).nothing()
}

/// What watching found.
pub fn findings(
    infra: Option<&InfraId>,
    check: Option<&str>,
    with_resolved: bool,
) -> Call<Vec<FindingFound>> {
    let request = get("list findings", &["findings"]);
    let request = request.with_optional_query("infrastructure", infra.map(InfraId::as_str));
    let request = request.with_optional_query("check", check);
    let request = match with_resolved {
        true => request.with_query("resolved", "true"),
        false => request,
    };
    request.bulk().reading(items)
}

/// Says that somebody knows of a finding.
pub fn acknowledge(finding: &str, note: &str, until: Option<Timestamp>) -> Call<()> {
    let path = ["findings", finding, "acknowledgement"];
    let body = json!({ "note": note, "until": until });
    ours(NodeRequest::put("acknowledge a finding", &path, body)).nothing()
}

/// Withdraws an acknowledgement.
pub fn unacknowledge(finding: &str) -> Call<()> {
    let path = ["findings", finding, "acknowledgement"];
    ours(NodeRequest::delete("withdraw an acknowledgement", &path)).nothing()
}

/// All webhooks, without their secrets.
pub fn webhooks() -> Call<Vec<WebhookFound>> {
    get("list webhooks", &["webhooks"]).list().reading(items)
}

/// Makes a webhook. Only the answer has its secret.
pub fn create_webhook(webhook: &Value) -> Call<WebhookMade> {
    let request = ours(NodeRequest::post("make a webhook", &["webhooks"]));
    request.with_body(webhook).reading(made)
}

/// Replaces a webhook. It is not sent again: it may make a secret, which only the first answer would have.
pub fn edit_webhook(id: &str, webhook: &Value) -> Call<WebhookMade> {
    let request = ours(NodeRequest::put_nothing("edit a webhook", &["webhooks", id]));
    request.with_body(webhook).reading(made)
}

/// Deletes a webhook, with what waits for it.
pub fn delete_webhook(id: &str) -> Call<()> {
    ours(NodeRequest::delete("delete a webhook", &["webhooks", id])).nothing()
}

/// Sends a test to a webhook.
pub fn try_webhook(id: &str) -> Call<WebhookTried> {
    ours(NodeRequest::post("try a webhook", &["webhooks", id, "test"])).json()
}

/// What was sent to a webhook, and what waits.
pub fn deliveries(id: &str) -> Call<Vec<DeliveryFound>> {
    get("list deliveries", &["webhooks", id, "deliveries"]).list().reading(items)
}

/// The secret never becomes a text that is shown by mistake.
fn made(mut answer: Value) -> Result<WebhookMade, NodeErrorKind> {
    let secret = answer.as_object_mut().and_then(|fields| fields.remove("secret"));
    let secret = secret.as_ref().and_then(Value::as_str).map(ApiKeySecret::new).transpose();
    let secret = secret.map_err(|error| NodeErrorKind::Malformed(error.to_string()))?;
    Ok(WebhookMade { webhook: decode(answer)?, secret })
}
