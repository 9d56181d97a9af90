//! Renders problems, which carry the id of their request.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use super::problem::Problem;
use crate::operations::RequestId;

/// Renders what handlers and the router refuse.
pub(crate) async fn problems(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let response = next.run(request).await;
    match response.extensions().get::<Problem>() {
        Some(problem) => {
            let mut rendered = problem.rendered(&id);
            for (name, value) in response.headers() {
                rendered.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
            rendered
        }
        // What the router itself refuses.
        None => match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => Problem::wrong_method().rendered(&id),
            StatusCode::PAYLOAD_TOO_LARGE => {
                Problem::new("request-too-large", "the request is too large").rendered(&id)
            }
            _ => response,
        },
    }
}
