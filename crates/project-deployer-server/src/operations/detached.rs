use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;

use crate::service::ServiceContext;

/// Runs a change in a task of its own: a server drops the work on a request when its client disconnects, and a change
/// must not end in the middle.
pub(super) async fn run(
    State(context): State<ServiceContext>,
    request: Request,
    next: Next,
) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let running = context.operations.running.begin();
    let work = async move {
        let response = next.run(request).await;
        drop(running);
        response
    };
    match tokio::spawn(work.in_current_span()).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a request panicked, which is a defect");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
