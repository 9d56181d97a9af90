//! Calls of public scripts beside the deployment itself (wire-facts 9.2): the repository of a
//! project, its datasets and its export.

use serde_json::{Value, json};

use super::Fetched;
use crate::api::{ApiCall, Archive, Routes, changing};
use crate::state::project::Project;

pub(super) fn routes() -> Routes {
    const READ: &str = "readProjectContent";
    Routes::of_node()
        .read("/projects/{key}/datasets", READ, |project, _| Ok(project.datasets_json()))
        // The options change nothing: the mock has no data to leave out.
        .post("/projects/{key}/export", |node, call| {
            node.export_project(&call.caller, call.id()).map(Archive)
        })
        .read("/projects/{key}/git/status", READ, |_, _| Ok(git_status()))
        .read("/projects/{key}/git/actions/log", READ, git_log)
        .post(
            "/projects/{key}/git/actions/push",
            changing("writeProjectContent", |_, _| {
                Ok(json!({"success": true, "logs": [], "output": ""}))
            }),
        )
}

/// A clean repository without remotes. The fields are those that the official client documents.
fn git_status() -> Value {
    json!({
        "currentBranch": "master",
        "remotes": [],
        "trackingCount": {"ahead": 0, "behind": 0},
        "clean": true,
        "hasUncommittedChanges": false,
        "added": [],
        "changed": [],
        "removed": [],
        "missing": [],
        "modified": [],
        "conflicting": [],
        "untracked": [],
        "untrackedFolders": [],
    })
}

fn git_log(project: &Project, call: &ApiCall) -> Fetched {
    const USUAL: usize = 20;
    let count = call.query("count").and_then(|count| count.parse().ok()).unwrap_or(USUAL);
    Ok(project.git_log_json(count))
}
