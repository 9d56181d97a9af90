//! Who asks: a session of a browser, a proxy, or whatever the authenticator of the host knows.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use project_deployer::core::Login;
use project_deployer::{DeployerError, Principal};

use super::cookie;
use super::problem::Problem;
use super::request::{Answer, Caller};
use crate::impersonation::proxy_user;
use crate::operations::{accept, admit, is_cross_site};
use crate::service::ServiceContext;

/// A header that pages of other sites cannot send.
pub(crate) const FROM_PAGE: HeaderName = HeaderName::from_static("x-requested-with");

/// Puts the caller into the request, or refuses the request.
pub(crate) async fn authenticate(
    State(context): State<ServiceContext>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let principal = match acting(&context, &parts).await {
        Ok(principal) => principal,
        Err(problem) => return problem.into_response(),
    };
    let session = context.deployer.acting_as_principal(&principal);
    parts.extensions.insert(Caller { session, principal });
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let headers = response.headers_mut();
    // The answer depends on who asks, so that no cache gives it to others. A browser asks whether it is still current.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

/// The caller, or the user in whose name an administrator asks.
async fn acting(context: &ServiceContext, parts: &Parts) -> Answer<Principal> {
    let principal = principal(context, parts).await?;
    let login = proxy_user(parts).map_err(|text| Problem::new("request-malformed", text))?;
    let Some(login) = login else { return Ok(principal) };
    context.deployer.impersonate(&principal, &login).await.map_err(|error| match error {
        DeployerError::LoginUnknown(_) | DeployerError::LoginDisabled(_) => {
            Problem::new("denied", error.to_string())
        }
        other => other.into(),
    })
}

async fn principal(context: &ServiceContext, parts: &Parts) -> Answer<Principal> {
    let options = &context.frontends.options;
    if let Some(login) = proxied(context, parts)? {
        safe_from_other_sites(parts)?;
        let user = Principal::user(login);
        // An unknown or disabled user is refused here.
        let _ = context.deployer.acting_as_principal(&user).caller().await?;
        return Ok(accept(context, parts, user)?);
    }
    // A key counts more than a cookie, which a browser sends by itself.
    let token = cookie::token(&parts.headers, options);
    if let (Some(token), false) = (token, parts.headers.contains_key(AUTHORIZATION)) {
        safe_from_other_sites(parts)?;
        let principal = context.deployer.resume_session(&token, options.sessions).await?;
        return Ok(accept(context, parts, principal)?);
    }
    if is_cross_site(parts) && !context.frontends.is_allowed(parts) {
        return Err(cross_site());
    }
    Ok(admit(context, parts).await?)
}

/// The login that a trusted proxy names.
fn proxied(context: &ServiceContext, parts: &Parts) -> Answer<Option<Login>> {
    let Some(proxies) = &context.frontends.options.proxies else { return Ok(None) };
    let mut values = parts.headers.get_all(&proxies.header).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let is_trusted = peer(parts).is_some_and(|address| proxies.addresses.contains(&address));
    let login = value.to_str().ok().and_then(|text| Login::parse(text).ok());
    match (is_trusted, login, values.next()) {
        (true, Some(login), None) => Ok(Some(login)),
        // Whoever sends it is no proxy of ours, or one that passes on what a client sent.
        _ => Err(Problem::new("denied", format!("header `{}` is not accepted", proxies.header))
            .with_fix("ask through the proxy that signs users in")),
    }
}

/// The other side of the connection: the client, or the proxy in front of it.
fn peer(parts: &Parts) -> Option<IpAddr> {
    let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    info.map(|ConnectInfo(address)| address.ip().to_canonical())
}

/// Refuses a change that a browser sends by itself for a page of another site.
pub(crate) fn safe_from_other_sites(parts: &Parts) -> Answer<()> {
    if parts.method.is_safe() {
        return Ok(());
    }
    let header = |name: HeaderName| parts.headers.get(name).map(HeaderValue::as_bytes);
    let is_own = match (header(HeaderName::from_static("sec-fetch-site")), header(ORIGIN)) {
        (Some(site), _) => site == b"same-origin",
        (None, Some(origin)) => header(HOST).is_some_and(|host| {
            [&b"https://"[..], b"http://"]
                .iter()
                .any(|scheme| origin.strip_prefix(*scheme) == Some(host))
        }),
        (None, None) => parts.headers.contains_key(FROM_PAGE),
    };
    if is_own { Ok(()) } else { Err(cross_site()) }
}

fn cross_site() -> Problem {
    Problem::new("cross-site", "a session takes changes only from pages of this service").with_fix(
        "send them from such a page, or with the header X-Requested-With, or with an API key",
    )
}
