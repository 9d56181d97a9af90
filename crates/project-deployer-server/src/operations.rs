//! What surrounds every face of the service: ids of requests, limits, health, metrics. A face only translates.

mod address;
mod admission;
mod body;
mod detached;
mod event_streams;
mod health;
mod kept_lists;
mod last_list;
mod leftover;
mod limits;
mod memory;
mod metrics;
mod request_id;
mod running;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use project_deployer::core::status::DeploymentLightStatus;
use tokio::time::Instant;
use tracing::Instrument as _;

pub(crate) use self::address::ClientAddress;
pub(crate) use self::admission::{
    Refused, accept, admit, count_failed_login, is_cross_site, is_failed_login, key_id,
    record_failed_login, seconds,
};
pub(crate) use self::body::{BodyError, MAX_JSON, read_body};
pub use self::event_streams::EventStreams;
use self::kept_lists::KeptLists;
use self::last_list::LastList;
pub use self::limits::{AtOnce, Limits};
pub(crate) use self::limits::{BoundedPlace, FailedLogins, Full, Place, Places};
use self::memory::BodyMemory;
pub(crate) use self::memory::Reserved;
use self::metrics::Metrics;
pub(crate) use self::request_id::RequestId;
pub use self::running::RunningRequests;
use crate::service::ServiceContext;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Operations {
    pub(crate) running: RunningRequests,
    pub(crate) event_streams: EventStreams,
    metrics: Metrics,
    pub(crate) logins: FailedLogins,
    pub(crate) streams: Places,
    pub(crate) node_requests: Places,
    pub(crate) lists: KeptLists,
    pub(crate) last_list: LastList<DeploymentLightStatus>,
    rates: limits::Rates,
    memory: BodyMemory,
    behind_proxy: bool,
    open_metrics: bool,
}

impl Operations {
    pub(crate) fn new(limits: &Limits, behind_proxy: bool, open_metrics: bool) -> Arc<Self> {
        // At least as much is left for the texts.
        let last_list = LastList::new(limits.list_memory / 2);
        Arc::new(Self {
            running: RunningRequests::default(),
            event_streams: EventStreams::default(),
            metrics: Metrics::new(),
            logins: FailedLogins::new(limits.failed_logins.get()),
            streams: places(limits.event_streams),
            node_requests: places(limits.node_requests),
            lists: KeptLists::new(limits.list_memory).beside(last_list.bytes()),
            last_list,
            rates: limits::Rates::new(limits),
            memory: BodyMemory::new(limits.json_memory),
            behind_proxy,
            open_metrics,
        })
    }
}

fn places(AtOnce { of_one, all, .. }: AtOnce) -> Places {
    Places::new(of_one, all)
}

/// A face with everything around it.
pub(crate) fn around(face: Router, context: &ServiceContext) -> Router {
    let face = face
        .layer(from_fn_with_state(context.clone(), detached::run))
        .layer(from_fn(leftover::read));
    Router::new()
        .merge(health::routes())
        .merge(metrics::routes())
        .with_state(context.clone())
        .fallback_service(face)
        .layer(from_fn_with_state(context.clone(), observe))
}

/// Gives the request an id, and counts and logs it.
async fn observe(
    State(context): State<ServiceContext>,
    mut request: Request,
    next: Next,
) -> Response {
    let operations = &context.operations;
    let id = RequestId::of(request.headers());
    let address = address::of(&request, operations.behind_proxy);
    let method = request.method().clone();
    let span = tracing::info_span!("request", request_id = %id, %method, path = logged(request.uri().path()));
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(operations.memory.clone());
    if let Some(address) = address {
        request.extensions_mut().insert(address);
    }
    let began = Instant::now();
    let watch = operations.metrics.begin();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status(), began.elapsed());
    watch.end(&method, status, took);
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status = status.as_u16(), millis, "a request was answered"));
    id.put(response.headers_mut());
    response
}

/// A path without the secret of a key: an old call of the product has it there (wire-facts 5.5).
fn logged(path: &str) -> &str {
    const BY_SECRET: &str = "/globalAPIKeys";
    path.find(BY_SECRET).map_or(path, |at| &path[..at + BY_SECRET.len()])
}
