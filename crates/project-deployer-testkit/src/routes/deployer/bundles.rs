//! Bundles of published projects (rows 15 to 18 of wire-facts 2.1).

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::answer::Answer;
use crate::bundle::read;
use crate::routes::bundles::{File, archive};
use crate::routes::{Asked, Fetched, Ids, Node, Who, text};
use crate::server::Shared;
use crate::state::deployer::{PublishedBundle, Right};
use crate::state::exported::invalid;

pub(super) fn routes() -> Router<Arc<Shared>> {
    const ONE: &str = "/project-deployer/projects/{key}/bundles/{bundle}";
    Router::new()
        .route("/project-deployer/projects/bundles", post(upload))
        .route(ONE, get(download).delete(remove))
        .route(&format!("{ONE}/project-standards-report"), get(report))
}

async fn upload(
    State(node): Node,
    Extension(caller): Who,
    Query(query): Asked,
    file: File,
) -> Answer<()> {
    let archive = archive(file).await?;
    let contents = read(&archive).map_err(|error| invalid(error.to_string()))?;
    let mut state = node.state();
    let published_on = state.clock.now();
    let published_by = caller.name().to_owned();
    let bundle = PublishedBundle { contents, archive, published_on, published_by, report: None };
    state.deployer.publish(&caller, text(&query, "projectKey"), bundle)
}

async fn download(
    State(node): Node,
    Extension(caller): Who,
    Path((key, bundle)): Ids,
) -> Answer<Response> {
    let state = node.state();
    let project = state.deployer.project(&caller, &key, Right::Read)?;
    let archive = project.bundle(&bundle)?.archive.clone();
    Ok(([(CONTENT_TYPE, "application/zip")], archive).into_response())
}

async fn remove(State(node): Node, Extension(caller): Who, Path((key, bundle)): Ids) -> Answer<()> {
    node.state().deployer.delete_bundle(&caller, &key, &bundle)
}

async fn report(State(node): Node, Extension(caller): Who, Path((key, bundle)): Ids) -> Fetched {
    let state = node.state();
    let project = state.deployer.project(&caller, &key, Right::Read)?;
    Ok(Json(project.bundle(&bundle)?.report.clone().unwrap_or_default()))
}
