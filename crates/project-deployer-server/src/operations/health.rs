use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::time::timeout;

use crate::service::ServiceContext;

/// How long the store has for its answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the process works, and whether it can carry requests out. Everybody may ask; the answer is one word.
pub(super) fn routes() -> Router<ServiceContext> {
    Router::new().route("/livez", get(live)).route("/readyz", get(ready))
}

/// A process that answers lives.
async fn live() -> &'static str {
    "ok"
}

/// It is ready if its store can be read and written, and it does not shut down.
async fn ready(State(context): State<ServiceContext>) -> (StatusCode, &'static str) {
    if context.deployer.is_shutting_down() {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down");
    }
    match timeout(PATIENCE, context.deployer.check_store()).await {
        Ok(Ok(())) => (StatusCode::OK, "ok"),
        Ok(Err(error)) => {
            let reason: &dyn std::error::Error = &error;
            tracing::warn!(error = reason, "the store is not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be used")
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer"),
    }
}
