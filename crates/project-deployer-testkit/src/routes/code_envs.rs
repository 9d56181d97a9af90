//! Code environments (wire-facts 3.4).

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Fetched, Ids, Node, Sent, Who};
use crate::answer::{Answer, Refusal, report};
use crate::seed::{CodeEnvLanguage, MockCodeEnv, Quirk};
use crate::server::Shared;

const INSTALLATION_LOG: &str = "install.log";

type ThreeIds = Path<(String, String, String)>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let one = get(definition).post(create).put(save).delete(remove);
    Router::new()
        .route("/admin/code-envs", get(list))
        .route("/admin/code-envs/usages", get(all_usages))
        .route("/admin/code-envs/{lang}/{name}", one)
        .route("/admin/code-envs/{lang}/{name}/packages", post(build))
        .route("/admin/code-envs/{lang}/{name}/images", post(accept))
        .route("/admin/code-envs/{lang}/{name}/jupyter", post(accept))
        .route("/admin/code-envs/{lang}/{name}/usages", get(usages))
        .route("/admin/code-envs/{lang}/{name}/logs", get(logs))
        .route("/admin/code-envs/{lang}/{name}/logs/{log}", get(log))
        .route("/admin/code-envs/{lang}/{name}/{key}/version", get(version))
}

fn done() -> Json<Value> {
    Json(json!({"messages": report(&[])}))
}

async fn list(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    Ok(Json(node.state().code_envs.values().map(MockCodeEnv::to_json).collect()))
}

async fn definition(State(node): Node, Extension(caller): Who, Path((lang, name)): Ids) -> Fetched {
    caller.must_be_admin()?;
    node.state().code_env_json(&name, language(&lang)?).map(Json)
}

async fn create(State(node): Node, Extension(caller): Who, Path((lang, name)): Ids) -> Fetched {
    caller.must_be_admin()?;
    let language = language(&lang)?;
    let mut state = node.state();
    let built = !state.has(Quirk::CodeEnvsAreNotBuilt);
    let env = MockCodeEnv { name: name.clone(), language, built };
    state.code_envs.entry((name, language)).or_insert(env);
    Ok(done())
}

/// Keeps the whole definition; name and language stay.
async fn save(
    State(node): Node,
    Extension(caller): Who,
    Path((lang, name)): Ids,
    sent: Sent,
) -> Fetched {
    caller.must_be_admin()?;
    let language = language(&lang)?;
    let mut state = node.state();
    state.code_env(&name, language)?;
    state.code_env_definitions.insert((name.clone(), language), sent.object()?);
    state.code_env_json(&name, language).map(Json)
}

async fn remove(State(node): Node, Extension(caller): Who, Path((lang, name)): Ids) -> Fetched {
    caller.must_be_admin()?;
    let place = (name, language(&lang)?);
    let mut state = node.state();
    state.code_env(&place.0, place.1)?;
    state.code_envs.remove(&place);
    state.code_env_definitions.remove(&place);
    Ok(done())
}

async fn build(State(node): Node, Extension(caller): Who, Path((lang, name)): Ids) -> Fetched {
    caller.must_be_admin()?;
    let language = language(&lang)?;
    let mut state = node.state();
    state.code_env(&name, language)?;
    let builds = !state.has(Quirk::CodeEnvsAreNotBuilt);
    if let Some(env) = state.code_envs.get_mut(&(name, language)) {
        env.built |= builds;
    }
    Ok(done())
}

/// Images and notebooks have no effect that the mock shows.
async fn accept(State(node): Node, Extension(caller): Who, Path((lang, name)): Ids) -> Fetched {
    caller.must_be_admin()?;
    node.state().code_env(&name, language(&lang)?)?;
    Ok(done())
}

async fn all_usages(State(node): Node, Extension(caller): Who) -> Fetched {
    caller.must_be_admin()?;
    Ok(Json(node.state().code_env_usages(None).into()))
}

async fn usages(State(node): Node, Extension(caller): Who, Path((lang, name)): Ids) -> Fetched {
    caller.must_be_admin()?;
    let language = language(&lang)?;
    let state = node.state();
    state.code_env(&name, language)?;
    Ok(Json(state.code_env_usages(Some((&name, language))).into()))
}

/// An environment has one log, of its installation.
async fn logs(State(node): Node, Extension(caller): Who, Path((lang, name)): Ids) -> Fetched {
    caller.must_be_admin()?;
    node.state().code_env(&name, language(&lang)?)?;
    Ok(Json(json!([{"name": INSTALLATION_LOG}])))
}

async fn log(
    State(node): Node,
    Extension(caller): Who,
    Path((lang, name, log)): ThreeIds,
) -> Answer<String> {
    caller.must_be_admin()?;
    let language = language(&lang)?;
    let state = node.state();
    let env = state.code_env(&name, language)?;
    if log != INSTALLATION_LOG {
        return Err(Refusal::not_found("Log", &log));
    }
    let end = if env.built { "Installed" } else { "Not installed yet" };
    Ok(format!("Code environment {name} ({language})\n{end}\n"))
}

async fn version(
    State(node): Node,
    Extension(caller): Who,
    Path((lang, name, key)): ThreeIds,
) -> Fetched {
    caller.must_be_admin()?;
    let state = node.state();
    state.code_env(&name, language(&lang)?)?;
    let project = state.project(&caller, &key, "see")?;
    let active = project.active_bundle.as_ref();
    let active = active.ok_or_else(|| Refusal::not_found("Active bundle of project", &key))?;
    Ok(Json(json!({"version": format!("v-{active}"), "bundleId": active})))
}

fn language(word: &str) -> Answer<CodeEnvLanguage> {
    CodeEnvLanguage::parse(word)
        .ok_or_else(|| Refusal::illegal(format!("Unknown code environment language: {word}")))
}
