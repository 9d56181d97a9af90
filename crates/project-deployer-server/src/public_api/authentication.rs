use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::error::ApiError;
use super::request::Session;
use crate::impersonation::proxy_user;
use crate::operations::{admit, is_cross_site};
use crate::service::ServiceContext;

/// Puts the session of the caller into the request, or refuses the request.
pub(super) async fn authenticate(
    State(context): State<ServiceContext>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    if is_cross_site(&parts) {
        return ApiError::cross_site().into_response();
    }
    let principal = match admit(&context, &parts).await {
        Ok(principal) => principal,
        Err(error) => return ApiError::from(error).into_response(),
    };
    let principal = match proxy_user(&parts) {
        Ok(None) => Ok(principal),
        Ok(Some(login)) => {
            let made = context.deployer.impersonate(&principal, &login).await;
            made.map_err(ApiError::impersonation)
        }
        Err(text) => Err(ApiError::bad_request(text)),
    };
    match principal {
        Ok(principal) => {
            let session = context.deployer.acting_as_principal(&principal);
            parts.extensions.insert(Session { session, principal });
            let mut response = next.run(Request::from_parts(parts, body)).await;
            let no_store = HeaderValue::from_static("no-store");
            response.headers_mut().insert(header::CACHE_CONTROL, no_store);
            response
        }
        Err(error) => error.into_response(),
    }
}
