//! Calls that only the service of this project has, below `/api/v1`. The product answers them with 404.

pub mod estate;
pub mod fleets;
pub mod watching;
pub mod windows;

use project_deployer_core::infra::HookPhase;
use project_deployer_core::{BundleId, DeploymentId, InfraId, Login, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Call, NodeRequest};
use crate::error::NodeErrorKind;
use crate::response::decode;

/// The prefix of the API for frontends.
const API: &[&str] = &["api", "v1"];

/// Whether somebody may do something, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RightExplained {
    /// Who.
    pub login: Login,
    /// Whether it is allowed.
    pub allowed: bool,
    /// `allowed`, `forbidden`, or `hidden`: the object does not exist for this login.
    pub outcome: String,
    /// The decision in words.
    pub text: String,
}

/// The caller. An answer says that the service has this API.
pub fn me() -> Call<Value> {
    get("read who the caller is", &["me"]).json()
}

/// Whether somebody may do something. The query is that of the operation `explainRight`.
pub fn explain(query: impl IntoIterator<Item = (&'static str, String)>) -> Call<RightExplained> {
    let request = get("explain a right", &["explain"]);
    query.into_iter().fold(request, |request, (name, value)| request.with_query(name, value)).json()
}

/// What an update of a deployment would do; with another bundle than that of its settings, if one is named.
pub fn plan(deployment: &DeploymentId, bundle: Option<&BundleId>) -> Call<Value> {
    let request = get("plan an update", &["deployments", deployment.as_str(), "plan"]);
    match bundle {
        Some(bundle) => request.with_query("bundle", bundle.as_str()).task().json(),
        None => request.task().json(),
    }
}

/// What a promotion of the bundle of a deployment would do.
pub fn promotion(deployment: &DeploymentId) -> Call<Value> {
    get("plan a promotion", &["deployments", deployment.as_str(), "promotion"]).task().json()
}

/// An update that was started.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct StartedUpdate {
    /// When it began, in milliseconds since 1970.
    pub start: i64,
    /// The id of its task.
    pub task: String,
}

/// Starts the update of a plan, if it would still do what the plan says. `digest` is that of the plan.
pub fn start_planned(
    deployment: &DeploymentId,
    bundle: Option<&BundleId>,
    digest: &str,
) -> Call<StartedUpdate> {
    let path = ["deployments", deployment.as_str(), "updates"];
    let request = ours(NodeRequest::post("start a planned update", &path));
    request.with_body(json!({ "bundle": bundle, "plan": digest })).task().json()
}

/// What came of a hook that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TriedHook {
    /// `SUCCESS`, `WARNING` or `ERROR`.
    pub status: String,
    /// Its message, or why it failed.
    pub message: String,
    /// How long it took, in milliseconds.
    pub took: u64,
}

/// A maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MaintenanceFound {
    /// Where: `everything`, `stage/ID` or `infrastructure/ID`.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// Who started it.
    pub owner: String,
    /// When it began.
    pub since: Timestamp,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// When it is too long.
    pub alarm: Option<Timestamp>,
    /// The maintenance in words.
    pub text: String,
}

/// The maintenance that there is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MaintenancesFound {
    /// What can be read.
    pub items: Vec<MaintenanceFound>,
    /// What cannot, for those who may end it.
    #[serde(default)]
    pub unreadable: Vec<windows::UnreadableFound>,
}

/// The last rotations of the admin keys of an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KeyRotationsFound {
    /// One for each node that had one.
    pub items: Vec<Value>,
    /// Those that cannot be read, and why.
    #[serde(default)]
    pub unreadable: Vec<String>,
}

/// An update at a given time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScheduledFound {
    /// The deployment.
    pub deployment: DeploymentId,
    /// The bundle.
    pub bundle: BundleId,
    /// Whose rights it starts with.
    pub requester: Login,
    /// When it was requested.
    pub requested: Timestamp,
    /// When it starts.
    pub at: Timestamp,
    /// `waiting`, `started` or `refused`.
    pub state: String,
    /// The start of the update, once it has started.
    pub start: Option<Timestamp>,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// A long task of the service.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServiceTask {
    /// Its id.
    pub id: String,
    /// `running`, `done`, `failed` or `aborted`.
    pub state: String,
    /// Its result, once it is done.
    #[serde(default)]
    pub result: Option<Value>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<String>,
}

/// Tries a hook of an infrastructure without an update.
pub fn try_hook(infra: &InfraId, phase: HookPhase, hook: &str) -> Call<TriedHook> {
    let path = ["infrastructures", infra.as_str(), "hook-trials"];
    let request = ours(NodeRequest::post(format!("try hook {hook}"), &path));
    request.with_body(json!({ "phase": phase.to_string(), "hook": hook })).task().json()
}

/// The maintenance that there is.
pub fn maintenance() -> Call<MaintenancesFound> {
    get("list maintenance", &["maintenance"]).list().json()
}

/// Starts a maintenance, or replaces the one of the same scope, which is `everything`, `stage/ID` or `infrastructure/ID`.
pub fn start_maintenance(
    scope: &str,
    reason: &str,
    until: Option<Timestamp>,
    alarm: Option<Timestamp>,
) -> Call<MaintenanceFound> {
    let body = json!({ "reason": reason, "until": until, "alarm": alarm });
    let request = NodeRequest::put("start maintenance", &["maintenance"], body);
    ours(request).with_query("scope", scope).json()
}

/// Ends a maintenance.
pub fn end_maintenance(scope: &str) -> Call<()> {
    let request = NodeRequest::delete("end maintenance", &["maintenance"]);
    ours(request).with_query("scope", scope).nothing()
}

/// Replaces the admin keys of the nodes of an infrastructure. The result of the task is one entry for each node.
pub fn rotate_keys(infra: &InfraId) -> Call<ServiceTask> {
    let path = ["infrastructures", infra.as_str(), "rotate-key"];
    ours(NodeRequest::post(format!("rotate the keys of {infra}"), &path)).json()
}

/// The last rotation of the admin key of each node of an infrastructure that had one, with the ids of keys that it left.
pub fn key_rotations(infra: &InfraId) -> Call<KeyRotationsFound> {
    let path = ["infrastructures", infra.as_str(), "key-rotations"];
    get("list rotations of keys", &path).list().json()
}

/// A long task of the caller.
pub fn task(id: &str) -> Call<ServiceTask> {
    get("read a task", &["tasks", id]).json()
}

/// Starts an update at a given time. It is not sent again: a second one would find the first one, and be refused.
pub fn schedule(deployment: &DeploymentId, at: Timestamp) -> Call<ScheduledFound> {
    let path = ["deployments", deployment.as_str(), "schedule"];
    let request = NodeRequest::put_nothing("schedule an update", &path);
    ours(request.with_body(json!({ "at": at }))).json()
}

/// The updates that wait for their time, and those that did.
pub fn scheduled() -> Call<Vec<ScheduledFound>> {
    get("list scheduled updates", &["scheduled-updates"]).list().reading(items)
}

/// Withdraws an update that waits for its time.
pub fn unschedule(deployment: &DeploymentId) -> Call<()> {
    let path = ["deployments", deployment.as_str(), "schedule"];
    ours(NodeRequest::delete("withdraw a scheduled update", &path)).nothing()
}

fn items<T: DeserializeOwned>(answer: Value) -> Result<Vec<T>, NodeErrorKind> {
    match answer {
        Value::Object(mut fields) => decode(fields.remove("items").unwrap_or_default()),
        other => decode(other),
    }
}

fn get(operation: &str, segments: &[&str]) -> NodeRequest {
    ours(NodeRequest::get(operation, segments))
}

fn ours(mut request: NodeRequest) -> NodeRequest {
    request.root = API;
    request
}
