//! Web applications of a project on a node (wire-facts 3.9).

use project_deployer_core::{ProjectKey, UnknownFields};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Call, NodeRequest};
use crate::response::null_as_default;

/// A web application in a list (wire-facts 3.9).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ListedWebapp {
    /// Its id.
    pub id: String,
    /// The name that people see.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// Everything else.
    #[serde(flatten)]
    pub extra: UnknownFields,
}

fn segments<'a>(key: &'a ProjectKey, webapp: &'a str) -> [&'a str; 4] {
    ["projects", key.as_str(), "webapps", webapp]
}

/// All web applications of a project.
pub fn list(key: &ProjectKey) -> Call<Vec<ListedWebapp>> {
    NodeRequest::get(format!("list the webapps of project {key}"), &segments(key, "")).list().json()
}

/// The definition of a web application, a whole document. No source names the field of the user
/// that it runs as (wire-facts 8.1, item 5).
pub fn get(key: &ProjectKey, webapp: &str) -> Call<UnknownFields> {
    NodeRequest::get(format!("read webapp {webapp} of project {key}"), &segments(key, webapp))
        .json()
}

/// Replaces the definition of a web application: change what [`get`] gave.
pub fn save(key: &ProjectKey, webapp: &str, definition: &impl Serialize) -> Call<()> {
    let operation = format!("write webapp {webapp} of project {key}");
    NodeRequest::put(operation, &segments(key, webapp), definition).nothing()
}

/// The state of the backend of a web application.
pub fn backend_state(key: &ProjectKey, webapp: &str) -> Call<bool> {
    let [projects, project, webapps, webapp] = segments(key, webapp);
    let operation = format!("read the state of the backend of webapp {webapp} of project {key}");
    NodeRequest::get(operation, &[projects, project, webapps, webapp, "backend", "state"])
        .reading(|state| Ok(is_alive(&state)))
}

/// Stops the backend of a web application.
pub fn stop_backend(key: &ProjectKey, webapp: &str) -> Call<()> {
    backend_action(key, webapp, "stop").repeatable().nothing()
}

/// Starts the backend of a web application again; the answer is a future.
pub fn restart_backend(key: &ProjectKey, webapp: &str) -> Call<()> {
    backend_action(key, webapp, "restart").task().result(|_| Ok(()))
}

fn backend_action(key: &ProjectKey, webapp: &str, action: &str) -> NodeRequest {
    let [projects, project, webapps, webapp] = segments(key, webapp);
    let operation = format!("{action} the backend of webapp {webapp} of project {key}");
    let segments = [projects, project, webapps, webapp, "backend", "actions", action];
    NodeRequest::put_nothing(operation, &segments)
}

fn is_alive(state: &Value) -> bool {
    state.pointer("/futureInfo/alive").and_then(Value::as_bool).unwrap_or_default()
}
