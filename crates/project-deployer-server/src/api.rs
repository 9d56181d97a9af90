//! The API for frontends, below `/api/v1`. It translates; the engine decides.

mod accounts;
mod audit;
mod authentication;
mod bundles;
mod codes;
mod conditional;
mod cookie;
mod cors;
mod deployments;
mod estate;
mod estate_schedule;
mod events;
mod explain;
mod findings;
mod fleets;
mod hooks;
mod idempotency;
mod infrastructures;
mod keys;
mod maintenance;
mod me;
mod openapi;
mod options;
mod page;
mod parity;
mod plans;
mod problem;
mod projects;
mod render;
mod reply;
mod request;
mod rotation;
mod schedule;
mod session;
mod stages;
mod status;
mod steps;
mod tasks;
mod updates;
mod watch;
mod webhooks;
mod windows;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use utoipa::openapi::OpenApi;
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_axum::router::OpenApiRouter;

use self::events::Hub;
pub use self::options::FrontendOptions;
use self::problem::Problem;
use self::tasks::Tasks;
use crate::service::ServiceContext;

/// Where the API is.
pub(crate) const API: &str = "/api/v1";

/// What the API keeps in memory, besides the Deployer.
#[derive(Default)]
pub(crate) struct Frontends {
    pub(crate) options: FrontendOptions,
    pub(crate) hub: Hub,
    pub(crate) tasks: Arc<Tasks>,
}

impl fmt::Debug for Frontends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frontends").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The description of the API, as `GET /api/v1/openapi.json` answers it.
#[must_use]
pub fn openapi_document() -> &'static str {
    &openapi::DOCUMENT
}

/// The routes with credentials, and their description.
fn authenticated() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::with_openapi(openapi::begin())
        .merge(me::routes())
        .merge(stages::routes())
        .merge(infrastructures::routes())
        .merge(hooks::routes())
        .merge(parity::routes())
        .merge(projects::routes())
        .merge(bundles::routes())
        .merge(deployments::routes())
        .merge(updates::routes())
        .merge(schedule::routes())
        .merge(plans::routes())
        .merge(estate::routes())
        .merge(estate_schedule::routes())
        .merge(status::routes())
        .merge(explain::routes())
        .merge(accounts::routes())
        .merge(keys::routes())
        .merge(maintenance::routes())
        .merge(windows::routes())
        .merge(findings::routes())
        .merge(watch::routes())
        .merge(webhooks::routes())
        .merge(fleets::routes())
        .merge(rotation::routes())
        .merge(audit::routes())
        .merge(tasks::routes())
        .merge(events::routes())
}

/// The description of all routes.
fn described() -> OpenApi {
    let (_, mut description) = authenticated().merge(session::routes()).split_for_parts();
    let components = description.components.get_or_insert_default();
    let mut add = |name: String, schema| {
        components.schemas.insert(name, schema);
    };
    add(problem::ProblemDocument::name().into_owned(), problem::ProblemDocument::schema());
    add(problem::FieldProblem::name().into_owned(), problem::FieldProblem::schema());
    let mut schemas = Vec::new();
    parity::ParityTable::schemas(&mut schemas);
    steps::UpdateDetails::schemas(&mut schemas);
    estate::EstatePlanned::schemas(&mut schemas);
    let ordering = deployments::DeploymentOrdering::name().into_owned();
    add(ordering, deployments::DeploymentOrdering::schema());
    audit::AuditCheckResult::schemas(&mut schemas);
    schemas.into_iter().for_each(|(name, schema)| add(name, schema));
    add(audit::AuditCheckResult::name().into_owned(), audit::AuditCheckResult::schema());
    add(estate::EstatePlanned::name().into_owned(), estate::EstatePlanned::schema());
    let outcomes = audit::AuditOutcomes::name().into_owned();
    add(outcomes, audit::AuditOutcomes::schema());
    add(parity::ParityTable::name().into_owned(), parity::ParityTable::schema());
    description
}

/// The routes of the API, below [`API`].
pub(crate) fn router(context: &ServiceContext) -> Router {
    let (authenticated, _) = authenticated().split_for_parts();
    let (open, _) = session::routes().split_for_parts();
    let with_state = || context.clone();
    let api = authenticated
        .fallback(async || Problem::no_route())
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(from_fn(conditional::not_modified))
        .layer(from_fn_with_state(with_state(), idempotency::once))
        .layer(from_fn_with_state(with_state(), authentication::authenticate))
        .merge(open)
        .with_state(context.clone())
        .merge(openapi::route())
        .layer(from_fn_with_state(with_state(), cors::cors))
        .layer(from_fn(render::problems));
    Router::new().nest(API, api)
}
