//! The node's API, area by area. Functions read the call, let the state decide, and return the answer.

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

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use serde_json::Value;

use crate::answer::Answer;
use crate::api::Routes;
use crate::server::Shared;

/// An answer in JSON.
type Fetched = Answer<Value>;

/// Every route, below the API prefix.
pub(crate) fn routes(node: Arc<Shared>) -> Router {
    let table = Routes::of_node()
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
        .merge(deployer::routes());
    let inner = table.router().layer(DefaultBodyLimit::disable()).with_state(Arc::clone(&node));
    // Outside of the routes, so that a PUT can be preceded by the GET of its path.
    Router::new().fallback_service(inner).layer(from_fn_with_state(node, quirks::apply))
}
