//! Calls that only the service of this project has, below `/api/v1`. The product answers them with 404.

use project_deployer_core::{BundleId, DeploymentId, Login};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Call, NodeRequest};

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
        Some(bundle) => request.with_query("bundle", bundle.as_str()).json(),
        None => request.json(),
    }
}

/// What a promotion of the bundle of a deployment would do.
pub fn promotion(deployment: &DeploymentId) -> Call<Value> {
    get("plan a promotion", &["deployments", deployment.as_str(), "promotion"]).json()
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
    let segments = ["deployments", deployment.as_str(), "updates"];
    let mut request = NodeRequest::post("start a planned update", &segments);
    request.root = API;
    request.with_body(json!({"bundle": bundle, "plan": digest})).json()
}

fn get(operation: &str, segments: &[&str]) -> NodeRequest {
    let mut request = NodeRequest::get(operation, segments);
    request.root = API;
    request
}
