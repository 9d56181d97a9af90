//! Projects and their documents (wire-facts 3.6, 3.9).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::{Asked, Fetched, Id, Ids, Node, Sent, Who, is_set, text};
use crate::answer::{Refusal, done_at_once, reported};
use crate::seed::{MockPermission, Quirk};
use crate::server::Shared;
use crate::state::project::{NewProject, Project};
use crate::state::settings::object;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/projects", get(list).post(create))
        .route("/projects/{key}", get(summary).delete(delete))
        .route("/projects/{key}/metadata", get(metadata).put(save_metadata))
        .route("/projects/{key}/settings", get(settings).put(save_settings))
        .route("/projects/{key}/permissions", get(permissions).put(save_permissions))
        .route("/projects/{key}/variables", get(variables).put(save_variables))
        .route("/projects/{key}/variables-resolved", get(resolved_variables))
        .route("/projects/{key}/tags", get(tags).put(save_tags))
        .route("/projects/{key}/webapps", get(webapps))
        .route("/projects/{key}/webapps/{id}", get(webapp).put(save_webapp))
}

/// With `includeLocation`, the folder too; under which name is our choice.
async fn list(State(node): Node, Extension(caller): Who, Query(query): Asked) -> Json<Value> {
    let state = node.state();
    let seen = state.projects.values().filter(|project| caller.has("see", project));
    let located = is_set(&query, "includeLocation");
    let shown = |project: &Project| {
        let mut summary = project.summary();
        if located {
            summary["projectFolderId"] = json!(project.folder);
        }
        summary
    };
    Json(seen.map(shown).collect())
}

async fn create(
    State(node): Node,
    Extension(caller): Who,
    Query(query): Asked,
    sent: Sent,
) -> Fetched {
    let key = sent.text("projectKey");
    let key = key.ok_or_else(|| Refusal::illegal("projectKey is missing"))?;
    let owner = sent.text("owner").unwrap_or_else(|| caller.name().to_owned());
    let new = NewProject {
        name: sent.text("name").unwrap_or_else(|| key.clone()),
        key,
        owner,
        folder: text(&query, "projectFolderId"),
    };
    let entries = sent.0.get("permissions").and_then(Value::as_array).into_iter().flatten();
    let tags = sent.0.get("tags").and_then(Value::as_array).into_iter().flatten();
    let tags = tags.filter_map(Value::as_str).map(str::to_owned).collect();
    let mut state = node.state();
    let sorts_tags = state.has(Quirk::TagsAreSorted);
    let project = state.create_project(&caller, new)?;
    project.permissions = entries.filter_map(MockPermission::from_json).collect();
    project.set_tags(tags, sorts_tags);
    if let Some(description) = sent.0.get("description") {
        project.metadata.insert("description".to_owned(), description.clone());
    }
    Ok(reported(format!("Created project {}", project.key)))
}

async fn summary(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    node.state().project(&caller, &key, "see").map(|project| Json(project.summary()))
}

async fn delete(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let mut state = node.state();
    state.project(&caller, &key, "admin")?;
    state.projects.remove(&key);
    Ok(Json(done_at_once(&json!({"deleted": key}))))
}

async fn metadata(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    state.project(&caller, &key, "see").map(|project| Json(project.metadata_json()))
}

async fn save_metadata(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    sent: Sent,
) -> Fetched {
    let mut state = node.state();
    let sorts_tags = state.has(Quirk::TagsAreSorted);
    let project = state.project_mut(&caller, &key, "writeProjectContent")?;
    project.set_metadata(&sent.object()?, sorts_tags);
    Ok(reported(format!("Saved metadata of project {key}")))
}

async fn tags(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "see")?;
    let tags: Map<String, Value> =
        project.tags.iter().map(|tag| (tag.clone(), json!({}))).collect();
    Ok(Json(json!({"tags": tags})))
}

/// The names count; colours are not kept.
async fn save_tags(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    sent: Sent,
) -> Fetched {
    let mut state = node.state();
    let sorts_tags = state.has(Quirk::TagsAreSorted);
    let project = state.project_mut(&caller, &key, "writeProjectContent")?;
    let named = sent.0.get("tags").and_then(Value::as_object);
    let names = named.map(|tags| tags.keys().cloned().collect()).unwrap_or_default();
    project.set_tags(names, sorts_tags);
    Ok(reported(format!("Saved tags of project {key}")))
}

async fn settings(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    Ok(Json(Value::Object(project.settings.clone())))
}

async fn save_settings(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    sent: Sent,
) -> Fetched {
    let document = sent.object()?;
    node.state().project_mut(&caller, &key, "admin")?.settings = document;
    Ok(reported(format!("Saved settings of project {key}")))
}

async fn permissions(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "editPermissions")?;
    Ok(Json(project.permissions_json()))
}

/// Unknown logins as owner are refused; entries of unknown users and groups are kept.
async fn save_permissions(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    sent: Sent,
) -> Fetched {
    let mut state = node.state();
    let owner = sent.text("owner");
    let known = |login: &String| state.users.contains_key(login);
    let current = state.project(&caller, &key, "editPermissions")?.owner.clone();
    if let Some(unknown) = owner.as_ref().filter(|o| **o != current && !known(o)) {
        return Err(Refusal::illegal(format!("Unknown user: {unknown}")));
    }
    let entries = sent.0.get("permissions").and_then(Value::as_array).into_iter().flatten();
    let project = state.project_mut(&caller, &key, "editPermissions")?;
    project.permissions = entries.filter_map(MockPermission::from_json).collect();
    project.owner = owner.unwrap_or(current);
    Ok(reported(format!("Saved permissions of project {key}")))
}

async fn variables(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    Ok(Json(project.variables_json()))
}

/// Replaces both maps.
async fn save_variables(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    sent: Sent,
) -> Fetched {
    let mut document = sent.object()?;
    let mut state = node.state();
    let project = state.project_mut(&caller, &key, "writeProjectContent")?;
    let mut map = |name: &str| object(document.remove(name).unwrap_or_default());
    (project.standard_variables, project.local_variables) = (map("standard"), map("local"));
    Ok(reported(format!("Saved variables of project {key}")))
}

/// One flat map: the node's variables, the project's, its local ones; the last wins.
async fn resolved_variables(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    let mut resolved = state.variables.clone();
    resolved.extend(project.standard_variables.clone());
    resolved.extend(project.local_variables.clone());
    Ok(Json(Value::Object(resolved)))
}

async fn webapps(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    Ok(Json(project.webapps.values().cloned().map(Value::Object).collect()))
}

async fn webapp(State(node): Node, Extension(caller): Who, Path((key, id)): Ids) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    project.webapp(&id).map(|webapp| Json(Value::Object(webapp.clone())))
}

async fn save_webapp(
    State(node): Node,
    Extension(caller): Who,
    Path((key, id)): Ids,
    sent: Sent,
) -> Fetched {
    let document = sent.object()?;
    let mut state = node.state();
    let project = state.project_mut(&caller, &key, "writeProjectContent")?;
    match project.webapps.get_mut(&id) {
        Some(webapp) => *webapp = document,
        None => return Err(Refusal::not_found("Webapp", &id)),
    }
    Ok(reported(format!("Saved webapp {id}")))
}
