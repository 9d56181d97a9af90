use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::admission::{Refused, admit};
use crate::service::ServiceContext;

/// The content type of OpenMetrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The upper bounds of the durations of requests, in seconds.
const DURATIONS: [f64; 9] = [0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0];

/// What is counted of all requests.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Kind, Counter>,
    seconds: Histogram,
    running: Gauge,
    failed_logins: Counter,
    updates_running: Gauge,
    updates_waiting: Gauge,
}

/// A kind of request. There are few of them, whatever clients send.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    method: Word,
    status: Word,
}

/// A word of a fixed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Word(&'static str);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        EncodeLabelValue::encode(&self.0, encoder)
    }
}

/// A request that is counted as running until this is dropped, also if its client is gone.
pub(super) struct Watch<'a>(&'a Metrics);

impl Metrics {
    pub(super) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("deployer"),
            requests: Family::default(),
            seconds: Histogram::new(DURATIONS),
            running: Gauge::default(),
            failed_logins: Counter::<u64, AtomicU64>::default(),
            updates_running: Gauge::default(),
            updates_waiting: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Requests that were answered", metrics.requests.clone());
        let seconds = metrics.seconds.clone();
        let help = "How long requests took until their answer began";
        registry.register_with_unit("request_duration", help, Unit::Seconds, seconds);
        registry.register(
            "requests_running",
            "Requests without an answer",
            metrics.running.clone(),
        );
        registry.register("failed_logins", "Failed logins", metrics.failed_logins.clone());
        let running = metrics.updates_running.clone();
        registry.register("updates_running", "Updates that this process runs", running);
        let waiting = metrics.updates_waiting.clone();
        registry.register("updates_waiting", "Updates that wait in this process", waiting);
        metrics
    }

    pub(super) fn begin(&self) -> Watch<'_> {
        self.running.inc();
        Watch(self)
    }

    pub(super) fn failed_login(&self) {
        self.failed_logins.inc();
    }
}

impl Watch<'_> {
    pub(super) fn end(self, method: &Method, status: StatusCode, took: Duration) {
        let kind = Kind { method: method_of(method), status: status_of(status) };
        self.0.requests.get_or_create(&kind).inc();
        self.0.seconds.observe(took.as_secs_f64());
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.running.dec();
    }
}

fn method_of(method: &Method) -> Word {
    Word(match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => "other",
    })
}

fn status_of(status: StatusCode) -> Word {
    Word(match status.as_u16() {
        200..300 => "2xx",
        300..400 => "3xx",
        401 => "401",
        403 => "403",
        404 => "404",
        409 => "409",
        429 => "429",
        400..500 => "4xx",
        503 => "503",
        _ => "5xx",
    })
}

pub(super) fn routes() -> Router<ServiceContext> {
    Router::new().route("/metrics", get(show))
}

/// The metrics in OpenMetrics. They name nobody, and say how much everybody works: only global administrators read them
/// unless the host opens them.
async fn show(State(context): State<ServiceContext>, request: Request) -> Response {
    let operations = &context.operations;
    if !operations.open_metrics {
        let (parts, _) = request.into_parts();
        let principal = match admit(&context, &parts).await {
            Ok(principal) => principal,
            Err(Refused::Authentication(_)) => {
                let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"deployer\"")];
                return (StatusCode::UNAUTHORIZED, challenge).into_response();
            }
            Err(Refused::Logins(after) | Refused::Rate(after)) => {
                let after = [(header::RETRY_AFTER, after.as_secs().max(1).to_string())];
                return (StatusCode::TOO_MANY_REQUESTS, after).into_response();
            }
        };
        let session = context.deployer.acting_as_principal(&principal);
        if session.may_edit_accounts().await.is_err() {
            return StatusCode::FORBIDDEN.into_response();
        }
    }
    let metrics = &operations.metrics;
    let (running, waiting) = context.deployer.update_counts();
    metrics.updates_running.set(i64::try_from(running).unwrap_or(i64::MAX));
    metrics.updates_waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
    let mut text = String::new();
    match encode(&mut text, &metrics.registry) {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
