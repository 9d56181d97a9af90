//! The node's API, area by area. Handlers read the request, let the state decide, and write the
//! answer.

mod accounts;
mod administration;
mod bundles;
mod code_envs;
mod connections;
mod deployer;
mod exported;
mod folders;
mod futures;
mod groups;
mod iam;
mod instance;
mod keys;
mod own;
mod plugins;
mod projects;
mod public_scripts;
mod quirks;
mod runs;
mod scenarios;
mod sent;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Extension, Path, Query, State};
use axum::http::{Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::{Json, Router};
use serde_json::Value;

use crate::answer::{Answer, Refusal};
use crate::caller::Caller;
use crate::server::Shared;

pub(crate) use sent::Sent;

/// The node that a handler works on.
pub(crate) type Node = State<Arc<Shared>>;
/// Who is asking.
pub(crate) type Who = Extension<Caller>;
/// One id of the path.
pub(crate) type Id = Path<String>;
/// Two ids of the path.
pub(crate) type Ids = Path<(String, String)>;
/// The query.
pub(crate) type Asked = Query<HashMap<String, String>>;
/// An answer in JSON.
pub(crate) type Fetched = Answer<Json<Value>>;

/// Every route, below the API prefix.
pub(crate) fn routes(node: Arc<Shared>) -> Router {
    let inner = Router::new()
        .merge(instance::routes())
        .merge(accounts::routes())
        .merge(groups::routes())
        .merge(iam::routes())
        .merge(keys::routes())
        .merge(own::routes())
        .merge(administration::routes())
        .merge(plugins::routes())
        .merge(connections::routes())
        .merge(code_envs::routes())
        .merge(folders::routes())
        .merge(projects::routes())
        .merge(bundles::routes())
        .merge(exported::routes())
        .merge(public_scripts::routes())
        .merge(scenarios::routes())
        .merge(runs::routes())
        .merge(futures::routes())
        .merge(deployer::routes(&node))
        .fallback(no_route)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(&node));
    // Outside of the routes, so that a PUT can be preceded by the GET of its path.
    Router::new().fallback_service(inner).layer(from_fn_with_state(node, quirks::apply))
}

async fn no_route(uri: Uri) -> Refusal {
    Refusal::not_found("API route", uri.path())
}

async fn wrong_method(method: Method, uri: Uri) -> Refusal {
    Refusal::wrong_method(format!("{method} is not supported on {}", uri.path()))
}

/// Whether a query parameter is true, in any spelling (wire-facts 1.5).
pub(crate) fn is_set(query: &HashMap<String, String>, name: &str) -> bool {
    query.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// A query parameter that says something.
pub(crate) fn text(query: &HashMap<String, String>, name: &str) -> Option<String> {
    query.get(name).filter(|value| !value.is_empty()).cloned()
}
