//! Projects and their documents (wire-facts 3.6, 3.9).

use serde_json::{Map, Value, json};

use super::Fetched;
use crate::answer::{Refusal, done_at_once, reported};
use crate::api::{ApiCall, Routes};
use crate::seed::{MockPermission, Quirk};
use crate::state::NodeState;
use crate::state::project::{NewProject, Project};
use crate::state::settings::object;

const READ: &str = "readProjectContent";
const WRITE: &str = "writeProjectContent";

pub(super) fn routes() -> Routes {
    const ONE: &str = "/projects/{key}";
    let below = |path: &str| format!("{ONE}/{path}");
    Routes::of_node()
        .get("/projects", list)
        .post("/projects", create)
        .read(ONE, "see", |project, _| Ok(project.summary()))
        .delete(ONE, delete)
        .read(&below("metadata"), "see", |project, _| Ok(project.metadata_json()))
        .put(&below("metadata"), save_metadata)
        .read(&below("settings"), READ, |project, _| Ok(Value::Object(project.settings.clone())))
        .save(&below("settings"), "admin", |project, call| {
            project.settings = call.object()?;
            Ok(saved("settings", project))
        })
        .read(&below("permissions"), "editPermissions", |project, _| Ok(project.permissions_json()))
        .put(&below("permissions"), save_permissions)
        .read(&below("variables"), READ, |project, _| Ok(project.variables_json()))
        .save(&below("variables"), WRITE, save_variables)
        .get(&below("variables-resolved"), resolved_variables)
        .read(&below("tags"), "see", tags)
        .put(&below("tags"), save_tags)
        .read(&below("webapps"), READ, |project, _| -> Fetched {
            Ok(project.webapps.values().cloned().map(Value::Object).collect())
        })
        .read(&below("webapps/{id}"), READ, |project, call| {
            Ok(Value::Object(project.webapp(call.second_id())?.clone()))
        })
        .save(&below("webapps/{id}"), WRITE, save_webapp)
}

fn saved(what: &str, project: &Project) -> Value {
    reported(format!("Saved {what} of project {}", project.key))
}

/// With `includeLocation`, the folder too; under which name is our choice.
fn list(node: &mut NodeState, call: &ApiCall) -> Value {
    let seen = node.projects.values().filter(|project| call.caller.has("see", project));
    let located = call.is_set("includeLocation");
    let shown = |project: &Project| {
        let mut summary = project.summary();
        if located {
            summary["projectFolderId"] = json!(project.folder);
        }
        summary
    };
    seen.map(shown).collect()
}

fn create(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let key = call.needed_text("projectKey")?;
    let new = NewProject {
        name: call.text("name")?.unwrap_or_else(|| key.clone()),
        key,
        owner: call.text("owner")?.unwrap_or_else(|| call.caller.name().to_owned()),
        folder: call.query("projectFolderId"),
    };
    let sent = call.json()?;
    let tags = sent.get("tags").and_then(Value::as_array).into_iter().flatten();
    let tags = tags.filter_map(Value::as_str).map(str::to_owned).collect();
    let sorts_tags = node.has(Quirk::TagsAreSorted);
    let project = node.create_project(&call.caller, new)?;
    project.permissions = permissions(sent);
    project.set_tags(tags, sorts_tags);
    if let Some(description) = sent.get("description") {
        project.metadata.insert("description".to_owned(), description.clone());
    }
    Ok(reported(format!("Created project {}", project.key)))
}

fn permissions(sent: &Value) -> Vec<MockPermission> {
    let entries = sent.get("permissions").and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(MockPermission::from_json).collect()
}

fn delete(node: &mut NodeState, call: &ApiCall) -> Fetched {
    node.project(&call.caller, call.id(), "admin")?;
    node.projects.remove(call.id());
    Ok(done_at_once(&json!({"deleted": call.id()})))
}

fn save_metadata(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let sorts_tags = node.has(Quirk::TagsAreSorted);
    let project = node.project_mut(&call.caller, call.id(), WRITE)?;
    project.set_metadata(&call.object()?, sorts_tags);
    Ok(saved("metadata", project))
}

fn tags(project: &Project, _: &ApiCall) -> Fetched {
    let tags: Map<String, Value> =
        project.tags.iter().map(|tag| (tag.clone(), json!({}))).collect();
    Ok(json!({"tags": tags}))
}

/// The names count; colours are not kept.
fn save_tags(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let sorts_tags = node.has(Quirk::TagsAreSorted);
    let project = node.project_mut(&call.caller, call.id(), WRITE)?;
    let named = call.json()?.get("tags").and_then(Value::as_object);
    let names = named.map(|tags| tags.keys().cloned().collect()).unwrap_or_default();
    project.set_tags(names, sorts_tags);
    Ok(saved("tags", project))
}

/// Unknown logins as owner are refused; entries of unknown users and groups are kept.
fn save_permissions(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let owner = call.text("owner")?;
    let known = |login: &String| node.users.contains_key(login);
    let current = node.project(&call.caller, call.id(), "editPermissions")?.owner.clone();
    if let Some(unknown) = owner.as_ref().filter(|o| **o != current && !known(o)) {
        return Err(Refusal::illegal(format!("Unknown user: {unknown}")));
    }
    let project = node.project_mut(&call.caller, call.id(), "editPermissions")?;
    project.permissions = permissions(call.json()?);
    project.dashboard_authorizations = call.json()?.get("dashboardAuthorizations").cloned();
    project.owner = owner.unwrap_or(current);
    Ok(saved("permissions", project))
}

/// Replaces both maps.
fn save_variables(project: &mut Project, call: &ApiCall) -> Fetched {
    let mut document = call.object()?;
    let mut map = |name: &str| object(document.remove(name).unwrap_or_default());
    (project.standard_variables, project.local_variables) = (map("standard"), map("local"));
    Ok(saved("variables", project))
}

/// One flat map: the node's variables, the project's, its local ones; the last wins.
fn resolved_variables(node: &mut NodeState, call: &ApiCall) -> Fetched {
    let project = node.project(&call.caller, call.id(), READ)?;
    let mut resolved = node.variables.clone();
    resolved.extend(project.standard_variables.clone());
    resolved.extend(project.local_variables.clone());
    Ok(Value::Object(resolved))
}

fn save_webapp(project: &mut Project, call: &ApiCall) -> Fetched {
    let (id, document) = (call.second_id(), call.object()?);
    *project.webapps.get_mut(id).ok_or_else(|| Refusal::not_found("Webapp", id))? = document;
    Ok(reported(format!("Saved webapp {id}")))
}
