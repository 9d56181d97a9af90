//! Web applications of a project on a node (wire-facts 3.9).

use project_deployer_core::ProjectKey;
use serde_json::Value;

use super::NodeRequest;

fn segments<'a>(key: &'a ProjectKey, webapp: &'a str) -> [&'a str; 4] {
    ["projects", key.as_str(), "webapps", webapp]
}

/// All web applications of a project.
pub fn list(key: &ProjectKey) -> NodeRequest {
    NodeRequest::get(format!("list the webapps of project {key}"), &segments(key, "")).list()
}

/// The definition of a web application.
pub fn get(key: &ProjectKey, webapp: &str) -> NodeRequest {
    NodeRequest::get(format!("read webapp {webapp} of project {key}"), &segments(key, webapp))
}

/// Replaces the definition of a web application.
pub fn save(key: &ProjectKey, webapp: &str, definition: Value) -> NodeRequest {
    let operation = format!("write webapp {webapp} of project {key}");
    NodeRequest::put(operation, &segments(key, webapp), definition)
}

/// The state of the backend of a web application.
pub fn backend_state(key: &ProjectKey, webapp: &str) -> NodeRequest {
    let [projects, project, webapps, webapp] = segments(key, webapp);
    let operation = format!("read the state of the backend of webapp {webapp} of project {key}");
    NodeRequest::get(operation, &[projects, project, webapps, webapp, "backend", "state"])
}

/// Stops the backend of a web application.
pub fn stop_backend(key: &ProjectKey, webapp: &str) -> NodeRequest {
    backend_action(key, webapp, "stop").repeatable()
}

/// Starts the backend of a web application again; the answer is a future.
pub fn restart_backend(key: &ProjectKey, webapp: &str) -> NodeRequest {
    backend_action(key, webapp, "restart").task()
}

fn backend_action(key: &ProjectKey, webapp: &str, action: &str) -> NodeRequest {
    let [projects, project, webapps, webapp] = segments(key, webapp);
    let operation = format!("{action} the backend of webapp {webapp} of project {key}");
    let segments = [projects, project, webapps, webapp, "backend", "actions", action];
    NodeRequest::put_nothing(operation, &segments)
}
