//! Bundles that are made on a Design node, and published (wire-facts 4).

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::{Asked, Fetched, Id, Ids, Node, Sent, Who, text};
use crate::answer::{Answer, Refusal};
use crate::server::Shared;
use crate::state::exported::Export;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        // The REST reference documents the id in a body (wire-facts 7.9); how it is named there is
        // our choice.
        .route("/projects/{key}/bundles/exported", get(list).put(export_named).delete(remove_named))
        .route("/projects/{key}/bundles/exported/{bundle}", get(details).put(export).delete(remove))
        .route("/projects/{key}/bundles/exported/{bundle}/archive", get(archive))
        .route("/projects/{key}/bundles/{bundle}/publish", post(publish))
}

async fn list(State(node): Node, Extension(caller): Who, Path(key): Id) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    Ok(Json(project.exported_json()))
}

async fn details(State(node): Node, Extension(caller): Who, Path((key, bundle)): Ids) -> Fetched {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    project.exported(&bundle).map(|bundle| Json(bundle.details()))
}

async fn archive(
    State(node): Node,
    Extension(caller): Who,
    Path((key, bundle)): Ids,
) -> Answer<Response> {
    let state = node.state();
    let project = state.project(&caller, &key, "readProjectContent")?;
    let archive = project.exported(&bundle)?.archive.clone();
    Ok(([(CONTENT_TYPE, "application/zip")], archive).into_response())
}

async fn export(
    State(node): Node,
    Extension(caller): Who,
    Path((key, bundle)): Ids,
    Query(query): Asked,
) -> Fetched {
    let notes = text(&query, "releaseNotes");
    node.state().export(&caller, &key, &wanted(bundle, notes, &query)).map(Json)
}

async fn export_named(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    Query(query): Asked,
    sent: Sent,
) -> Fetched {
    let notes = sent.text("releaseNotes").or_else(|| text(&query, "releaseNotes"));
    node.state().export(&caller, &key, &wanted(named(&sent)?, notes, &query)).map(Json)
}

fn wanted(
    bundle_id: String,
    release_notes: Option<String>,
    query: &HashMap<String, String>,
) -> Export {
    let checks = query.get("evaluateProjectStandardsChecks");
    let with_standards_checks = !checks.is_some_and(|value| value.eq_ignore_ascii_case("false"));
    Export { bundle_id, release_notes, with_standards_checks }
}

fn named(sent: &Sent) -> Answer<String> {
    sent.text("bundleId").ok_or_else(|| Refusal::illegal("bundleId is missing"))
}

async fn remove(State(node): Node, Extension(caller): Who, Path((key, bundle)): Ids) -> Fetched {
    node.state().remove_exported(&caller, &key, &bundle).map(Json)
}

async fn remove_named(
    State(node): Node,
    Extension(caller): Who,
    Path(key): Id,
    sent: Sent,
) -> Fetched {
    node.state().remove_exported(&caller, &key, &named(&sent)?).map(Json)
}

async fn publish(
    State(node): Node,
    Extension(caller): Who,
    Path((key, bundle)): Ids,
    Query(query): Asked,
) -> Fetched {
    let published_key = text(&query, "publishedProjectKey");
    node.state().publish(&caller, &key, &bundle, published_key).map(Json)
}
