//! Plugins and what runs of webapps (wire-facts 3.9).

use std::sync::Arc;

use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Extension, Path, State};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::futures::start;
use super::{Fetched, Id, Ids, Node, Sent, Who};
use crate::answer::{Answer, Refusal};
use crate::seed::MockPlugin;
use crate::server::Shared;

type File = Result<Multipart, MultipartRejection>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/plugins", get(plugins))
        .route("/plugins/actions/installFromZip", post(install_zip))
        .route("/plugins/actions/future/installFromZip", post(install_zip_later))
        .route("/plugins/actions/installFromStore", post(install_from_store))
        .route("/plugins/actions/installFromGit", post(install_from_git))
        .route("/projects/{key}/plugins/usages", get(usages))
        .route("/projects/{key}/webapps/{id}/backend/state", get(backend))
        .route("/projects/{key}/webapps/{id}/backend/actions/stop", put(stop))
        .route("/projects/{key}/webapps/{id}/backend/actions/restart", put(restart))
}

async fn plugins(State(node): Node) -> Json<Value> {
    Json(node.state().plugins.values().map(MockPlugin::to_json).collect())
}

async fn install_zip(State(node): Node, Extension(caller): Who, file: File) -> Fetched {
    caller.must_be_admin()?;
    let archive = super::bundles::archive(file).await?;
    node.state().install_archive(&archive).map(Json)
}

async fn install_zip_later(State(node): Node, Extension(caller): Who, file: File) -> Fetched {
    caller.must_be_admin()?;
    let archive = super::bundles::archive(file).await?;
    let installed = node.state().install_archive(&archive);
    start(&node, &caller, installed).map(Json)
}

/// The store has every plugin.
async fn install_from_store(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    let id = sent.text("pluginId").ok_or_else(|| Refusal::illegal("pluginId is missing"))?;
    let installed = node.state().install(MockPlugin::new(id, "1.0.0"));
    start(&node, &caller, Ok(installed)).map(Json)
}

/// Every repository holds the plugin of its name.
async fn install_from_git(State(node): Node, Extension(caller): Who, sent: Sent) -> Fetched {
    caller.must_be_admin()?;
    let url = sent.text("gitRepositoryUrl");
    let url = url.ok_or_else(|| Refusal::illegal("gitRepositoryUrl is missing"))?;
    let id = url.trim_end_matches(".git").rsplit(['/', ':']).next().unwrap_or_default();
    let version = sent.text("gitCheckout").unwrap_or_else(|| "master".to_owned());
    let installed = node.state().install(MockPlugin::new(id, version));
    start(&node, &caller, Ok(installed)).map(Json)
}

/// Those of the active bundle. How they are spelled is our choice.
async fn usages(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    let active = project.active_bundle.as_deref().and_then(|id| project.bundle(id).ok());
    let plugins = active.map(|bundle| bundle.contents.plugins.iter()).into_iter().flatten();
    Ok(Json(plugins.map(|id| json!({"pluginId": id})).collect()))
}

async fn backend(State(node): Node, Extension(caller): Who, Path((key, id)): Ids) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    project.webapp(&id)?;
    let alive = project.running_webapps.contains(&id);
    Ok(Json(json!({"projectKey": key, "webAppId": id, "futureInfo": {"alive": alive}})))
}

async fn stop(State(node): Node, Extension(caller): Who, Path((key, id)): Ids) -> Answer<()> {
    let mut state = node.state();
    let project = state.project_mut(&caller, &key, "writeProjectContent")?;
    project.webapp(&id)?;
    project.running_webapps.remove(&id);
    Ok(())
}

async fn restart(State(node): Node, Extension(caller): Who, Path((key, id)): Ids) -> Fetched {
    {
        let mut state = node.state();
        let project = state.project_mut(&caller, &key, "writeProjectContent")?;
        project.webapp(&id)?;
        project.running_webapps.insert(id);
    }
    start(&node, &caller, Ok(json!({}))).map(Json)
}
