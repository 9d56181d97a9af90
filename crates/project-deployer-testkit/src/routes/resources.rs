//! Connections, code environments, plugins, project folders (`wire-facts.md` 3.3 to 3.5, 3.9).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::{Asked, Id, Ids, Node, Sent, Told, Who, text};
use crate::answer::{Answer, Refusal, report, told};
use crate::seed::{CodeEnvLanguage, MockCodeEnv, MockConnection, MockPlugin};
use crate::server::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/admin/connections", get(connections).post(create_connection))
        .route(
            "/admin/connections/{name}",
            get(connection).put(save_connection).delete(delete_connection),
        )
        .route("/connections/get-names", get(usable_connections))
        .route("/admin/code-envs", get(code_envs))
        .route("/admin/code-envs/{lang}/{name}", get(code_env).post(create_code_env))
        .route("/plugins", get(plugins))
        .route("/project-folders", get(root_folder))
        .route("/project-folders/{id}", get(folder))
        .route("/project-folders/locate-project/{key}", get(folder_of_project))
        .route("/project-folders/{id}/projects/{key}/move", post(move_project))
}

/// A map, not a list.
async fn connections(State(node): Node, Extension(caller): Who) -> Told {
    caller.must_be_admin()?;
    let state = node.state();
    let entries = state.connections.iter().map(|(name, known)| (name.clone(), known.to_json()));
    Ok(Json(Value::Object(entries.collect::<Map<_, _>>())))
}

async fn connection(State(node): Node, Extension(caller): Who, Path(name): Id) -> Told {
    caller.must_be_admin()?;
    let state = node.state();
    let found = state.connections.get(&name);
    found.map(|known| Json(known.to_json())).ok_or_else(|| no_connection(&name))
}

async fn create_connection(State(node): Node, Extension(caller): Who, sent: Sent) -> Told {
    caller.must_be_admin()?;
    let name = sent.text("name").ok_or_else(|| Refusal::illegal("The connection has no name"))?;
    let mut state = node.state();
    if state.connections.contains_key(&name) {
        return Err(Refusal::illegal(format!("Connection exists already: {name}")));
    }
    let connection = read_connection(&name, &sent.0)?;
    state.connections.insert(name.clone(), connection);
    Ok(told(format!("Created connection {name}")))
}

async fn save_connection(
    State(node): Node,
    Extension(caller): Who,
    Path(name): Id,
    sent: Sent,
) -> Told {
    caller.must_be_admin()?;
    let mut state = node.state();
    let connection = read_connection(&name, &sent.0)?;
    match state.connections.get_mut(&name) {
        Some(known) => *known = connection,
        None => return Err(no_connection(&name)),
    }
    Ok(Json(json!({"messages": report(&[])})))
}

async fn delete_connection(
    State(node): Node,
    Extension(caller): Who,
    Path(name): Id,
) -> Answer<()> {
    caller.must_be_admin()?;
    let removed = node.state().connections.remove(&name);
    removed.map(drop).ok_or_else(|| no_connection(&name))
}

fn read_connection(name: &str, document: &Value) -> Answer<MockConnection> {
    MockConnection::from_json(name, document)
        .ok_or_else(|| Refusal::illegal("The connection has no type"))
}

fn no_connection(name: &str) -> Refusal {
    Refusal::not_found("Connection", name)
}

/// The names of those that the caller may use; everybody may ask.
async fn usable_connections(
    State(node): Node,
    Extension(caller): Who,
    Query(query): Asked,
) -> Json<Value> {
    let kind = text(&query, "type").filter(|kind| kind != "all");
    let state = node.state();
    let of_kind = |known: &&MockConnection| kind.as_ref().is_none_or(|kind| *kind == known.kind);
    let usable = state.connections.values().filter(of_kind).filter(|known| caller.may_use(known));
    Json(usable.map(|known| json!(known.name)).collect())
}

async fn code_envs(State(node): Node, Extension(caller): Who) -> Told {
    caller.must_be_admin()?;
    Ok(Json(node.state().code_envs.values().map(MockCodeEnv::to_json).collect()))
}

async fn code_env(State(node): Node, Extension(caller): Who, Path((lang, name)): Ids) -> Told {
    caller.must_be_admin()?;
    let place = (name, language(&lang)?);
    let state = node.state();
    // `wire-facts.md` 1.7: a missing description comes as 500 with a message of the file system.
    let missing =
        || Refusal::internal(format!("code-envs/desc/{lang}/{}/desc.json (No such file)", place.0));
    state.code_envs.get(&place).map(|env| Json(env.to_json())).ok_or_else(missing)
}

async fn create_code_env(
    State(node): Node,
    Extension(caller): Who,
    Path((lang, name)): Ids,
) -> Told {
    caller.must_be_admin()?;
    let language = language(&lang)?;
    let env = MockCodeEnv { name: name.clone(), language, built: true };
    node.state().code_envs.entry((name, language)).or_insert(env);
    Ok(Json(json!({"messages": report(&[])})))
}

fn language(word: &str) -> Answer<CodeEnvLanguage> {
    CodeEnvLanguage::parse(word)
        .ok_or_else(|| Refusal::illegal(format!("Unknown code environment language: {word}")))
}

async fn plugins(State(node): Node) -> Json<Value> {
    Json(node.state().plugins.values().map(MockPlugin::to_json).collect())
}

async fn root_folder(State(node): Node, Extension(caller): Who) -> Told {
    node.state().folder_json(&caller, "ROOT").map(Json)
}

async fn folder(State(node): Node, Extension(caller): Who, Path(id): Id) -> Told {
    node.state().folder_json(&caller, &id).map(Json)
}

async fn folder_of_project(State(node): Node, Extension(caller): Who, Path(key): Id) -> Told {
    let state = node.state();
    let folder = state.project(&caller, &key, "see")?.folder.clone();
    state.folder_json(&caller, &folder).map(Json)
}

async fn move_project(
    State(node): Node,
    Extension(caller): Who,
    Path((_, key)): Ids,
    Query(query): Asked,
) -> Answer<()> {
    let destination = text(&query, "destination");
    let destination = destination.ok_or_else(|| Refusal::illegal("destination is missing"))?;
    node.state().move_project(&caller, &key, &destination)
}
