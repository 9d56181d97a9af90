//! Pages of other origins (CORS). None may call the API unless the host allows it, and then with API keys only.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Frontends;
use crate::service::ServiceContext;

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
const SENT: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, if-match, if-none-match, idempotency-key, last-event-id, x-request-id",
);
const SHOWN: HeaderValue =
    HeaderValue::from_static("etag, location, retry-after, x-request-id, idempotency-replayed");

impl Frontends {
    /// Whether the request comes from a page that may call the API.
    pub(crate) fn is_allowed(&self, parts: &Parts) -> bool {
        self.allowed(&parts.headers).is_some()
    }

    fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        self.options.origins.contains(origin.to_str().ok()?).then(|| origin.clone())
    }
}

/// Answers the questions of browsers, and marks the answers that pages may read.
pub(crate) async fn cors(
    State(context): State<ServiceContext>,
    request: Request,
    next: Next,
) -> Response {
    if context.frontends.options.origins.is_empty() {
        return next.run(request).await;
    }
    let origin = context.frontends.allowed(request.headers());
    let asks = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match asks {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = origin else { return response };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if asks {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, SENT);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    } else {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
    }
    response
}
