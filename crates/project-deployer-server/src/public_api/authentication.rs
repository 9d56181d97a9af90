use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use project_deployer::Principal;
use project_deployer::core::Login;

use super::error::ApiError;
use super::request::Session;
use crate::operations::admit;
use crate::service::ServiceContext;

/// The header in which an administrator names the user on whose behalf it asks (wire-facts 1.4).
const PROXY_USER: &str = "x-dku-proxyuser";

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
    let principal = match parts.headers.get(PROXY_USER) {
        None => Ok(principal),
        Some(_) if parts.headers.get_all(PROXY_USER).iter().count() > 1 => {
            Err(ApiError::bad_request("X-DKU-ProxyUser is sent twice; send one login"))
        }
        Some(login) => impersonated(&context, &principal, login.as_bytes()).await,
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

async fn impersonated(
    context: &ServiceContext,
    principal: &Principal,
    login: &[u8],
) -> Result<Principal, ApiError> {
    let text = std::str::from_utf8(login)
        .map_err(|_| ApiError::bad_request("X-DKU-ProxyUser is not UTF-8; send a login"))?;
    let login = Login::parse(text)
        .map_err(|error| ApiError::bad_request(format!("X-DKU-ProxyUser: {error}")))?;
    context.deployer.impersonate(principal, &login).await.map_err(ApiError::impersonation)
}

/// Whether a browser sends a change from a page of another site.
fn is_cross_site(parts: &Parts) -> bool {
    let site = parts.headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    !parts.method.is_safe() && matches!(site, Some(b"cross-site" | b"same-site"))
}
