//! Bundles on an Automation node (wire-facts 3.7).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Extension, Path, Query, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::Value;

use super::futures::{immediate, start_or_done};
use super::{Asked, Fetched, Id, Ids, Node, Sent, Who, text};
use crate::answer::{Answer, Message, Refusal, report};
use crate::bundle::{BundleContents, read};
use crate::server::Shared;
use crate::state::bundles::{FromBundle, Propagation};
use crate::state::exported::invalid;

/// The archive of a request.
pub(super) type File = Result<Multipart, MultipartRejection>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/projectsFromBundle", post(create_project))
        .route("/projectsFromBundle/fromArchive", post(create_project_from_archive))
        .route("/projects/{key}/bundles/imported", get(imported))
        .route("/projects/{key}/bundles/imported/actions/importFromStream", post(import))
        .route("/projects/{key}/bundles/imported/actions/importFromArchive", post(import_archive))
        .route("/projects/{key}/bundles/imported/{bundle}", delete(remove))
        .route("/projects/{key}/bundles/imported/{bundle}/actions/preload", post(preload))
        .route("/projects/{key}/bundles/imported/{bundle}/actions/activate", post(activate))
}

async fn create_project(
    State(node): Node,
    Extension(caller): Who,
    Query(query): Asked,
    file: File,
) -> Fetched {
    let wanted = from_bundle(&query)?;
    let contents = contents(file).await?;
    let created = node.state().create_from_bundle(&caller, contents, &wanted);
    start_or_done(&node, &caller, created, Value::clone).map(Json)
}

async fn create_project_from_archive(
    State(node): Node,
    Extension(caller): Who,
    Query(query): Asked,
) -> Fetched {
    let wanted = from_bundle(&query)?;
    let contents = named_archive(&node, &query)?;
    let created = node.state().create_from_bundle(&caller, contents, &wanted);
    start_or_done(&node, &caller, created, Value::clone).map(Json)
}

/// What lies at the path that the query names.
fn named_archive(node: &Arc<Shared>, query: &HashMap<String, String>) -> Answer<BundleContents> {
    let path = text(query, "archivePath");
    let path = path.ok_or_else(|| Refusal::illegal("archivePath is missing"))?;
    node.state().archive_at(&path)
}

fn from_bundle(query: &HashMap<String, String>) -> Answer<FromBundle> {
    let policy = text(query, "permissionsPropagationPolicy");
    let fail = query.get("failOnMissingUsersOrGroups");
    Ok(FromBundle {
        folder: text(query, "projectFolderId"),
        propagation: Propagation::parse(policy.as_deref())?,
        // R-S5: failing is the endpoint's default.
        fail_on_missing: !fail.is_some_and(|value| value.eq_ignore_ascii_case("false")),
    })
}

async fn imported(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    node.state().project(&caller, &key, "see").map(|project| Json(project.imported_json()))
}

/// Answers nothing: the caller has to list the bundles to learn what it has imported.
async fn import(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    file: File,
) -> Answer<()> {
    let contents = contents(file).await?;
    node.state().import_bundle(&caller, &key, contents).map(drop)
}

/// Returns what it has imported, unlike an upload.
async fn import_archive(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    Query(query): Asked,
) -> Fetched {
    let contents = named_archive(&node, &query)?;
    node.state().import_bundle(&caller, &key, contents).map(Json)
}

async fn remove(State(node): Node, Extension(caller): Who, Path((key, bundle)): Ids) -> Fetched {
    node.state().remove_bundle(&caller, &key, &bundle).map(Json)
}

async fn preload(State(node): Node, Extension(caller): Who, Path((key, bundle)): Ids) -> Fetched {
    let messages = node.state().preload(&caller, &key, &bundle);
    let reported = messages.map(|messages| report(&messages));
    start_or_done(&node, &caller, reported, Value::clone).map(Json)
}

async fn activate(
    State(node): Node,
    Extension(caller): Who,
    Path((key, bundle)): Ids,
    sent: Sent,
) -> Fetched {
    let scenarios = scenarios_to_activate(&sent.0)?;
    let messages = node.state().activate(&caller, &key, &bundle, &scenarios);
    let reported = messages.map(|messages| activation_report(&messages));
    start_or_done(&node, &caller, reported, immediate).map(Json)
}

fn scenarios_to_activate(options: &Value) -> Answer<BTreeMap<String, bool>> {
    match options.get("scenariosActiveOnActivation") {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(found) => serde_json::from_value(found.clone())
            .map_err(|error| Refusal::illegal(format!("scenariosActiveOnActivation: {error}"))),
    }
}

fn activation_report(messages: &[Message]) -> Value {
    let mut report = report(messages);
    if let Some(fields) = report.as_object_mut() {
        fields.insert("neededAMigration".to_owned(), Value::Bool(false));
    }
    report
}

/// The bundle in the part `file`.
async fn contents(file: File) -> Answer<BundleContents> {
    read(&archive(file).await?).map_err(|error| invalid(error.to_string()))
}

/// The bytes of the part `file`.
pub(super) async fn archive(file: File) -> Answer<Bytes> {
    let mut parts = file.map_err(|rejection| invalid(rejection.body_text()))?;
    while let Some(part) = parts.next_field().await.map_err(|error| invalid(error.body_text()))? {
        if part.name() == Some("file") {
            return part.bytes().await.map_err(|error| invalid(error.body_text()));
        }
    }
    Err(invalid("the request has no part `file`".to_owned()))
}
