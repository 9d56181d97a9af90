//! The product's public API (wire-facts 1.1 to 2.14). It translates; the engine decides.

mod accounts;
mod api_keys;
mod authentication;
mod bulk_users;
mod bundles;
mod deployments;
mod error;
mod futures;
mod general_settings;
mod groups;
mod infras;
mod instance;
mod monitoring;
mod projects;
mod request;
mod stages;
mod suppliers;
mod updates;

use axum::Router;
use axum::middleware::from_fn_with_state;

use self::error::ApiError;
use crate::normalize::PUBLIC_API;
use crate::service::ServiceContext;

/// What a path without a route answers.
pub(crate) fn no_route() -> axum::response::Response {
    axum::response::IntoResponse::into_response(ApiError::no_route())
}

/// The routes of the API, below the prefix that [`normalize`](crate::normalize) gives it.
pub(crate) fn router(context: ServiceContext) -> Router {
    let api = Router::new()
        .merge(instance::routes())
        .merge(accounts::routes())
        .merge(bulk_users::routes())
        .merge(groups::routes())
        .merge(api_keys::routes())
        .merge(suppliers::routes())
        .merge(general_settings::routes())
        .merge(futures::routes())
        .merge(monitoring::routes())
        .nest(
            "/project-deployer",
            Router::new()
                .merge(stages::routes())
                .merge(infras::routes())
                .merge(projects::routes())
                .merge(bundles::routes())
                .merge(deployments::routes())
                .merge(updates::routes()),
        )
        .fallback(async || ApiError::no_route())
        .method_not_allowed_fallback(async || ApiError::wrong_method())
        .layer(from_fn_with_state(context.clone(), authentication::authenticate))
        .with_state(context);
    Router::new().nest(PUBLIC_API, api).fallback(async || ApiError::no_route())
}
