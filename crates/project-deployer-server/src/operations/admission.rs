//! Who may send a request now.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::request::Parts;
use project_deployer::{Authentication, DeployerError, Principal};
use secrecy::{ExposeSecret as _, SecretString};

use super::address::ClientAddress;
use super::request_id::RequestId;
use crate::authenticator::{AuthenticationError, Credentials};
use crate::service::ServiceContext;

/// The longest id of a key that is remembered, in bytes.
const LONGEST_ID: usize = 64;

/// Why a request is not carried out.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It has no credentials, or bad ones.
    Authentication(AuthenticationError),
    /// There were too many failed logins. Try again after this time.
    Logins(Duration),
    /// There were too many requests with this key. Try again after this time.
    Rate(Duration),
}

/// The principal of a request, unless a limit is reached. A failed login is recorded in the audit.
pub(crate) async fn admit(context: &ServiceContext, request: &Parts) -> Result<Principal, Refused> {
    match context.authenticator.authenticate(request).await {
        Ok(principal) => accept(context, request, principal),
        Err(AuthenticationError::Refused(error)) if is_failed_login(&error) => {
            let id = key_in_headers(request);
            match count_failed_login(context, request, &error, id).await {
                Some(after) => Err(Refused::Logins(after)),
                None => Err(Refused::Authentication(error.into())),
            }
        }
        Err(error) => Err(Refused::Authentication(error)),
    }
}

/// A principal that was authenticated in another way, unless a limit is reached.
pub(crate) fn accept(
    context: &ServiceContext,
    request: &Parts,
    principal: Principal,
) -> Result<Principal, Refused> {
    context.operations.rates.take(&name(&principal)).map_err(Refused::Rate)?;
    Ok(match request.extensions.get::<RequestId>() {
        Some(id) => principal.with_request_id(Arc::clone(id.text())),
        None => principal,
    })
}

/// Counts a login that failed with a bad key of this id, and records it in the audit. Returns how long the client has to wait, after
/// too many.
pub(crate) async fn count_failed_login(
    context: &ServiceContext,
    request: &Parts,
    error: &DeployerError,
    id: Option<String>,
) -> Option<Duration> {
    record_failed_login(context, request, error).await;
    let address = request.extensions.get::<ClientAddress>().map(|address| address.0);
    context.operations.logins.bad_key(address, id).await
}

/// Records a failed login in the audit and in the metrics.
pub(crate) async fn record_failed_login(
    context: &ServiceContext,
    request: &Parts,
    error: &DeployerError,
) {
    let address = request.extensions.get::<ClientAddress>().map(|address| address.0);
    context.operations.metrics.failed_login();
    let id = request.extensions.get::<RequestId>().map(|id| &**id.text());
    let text = address.map(|address| address.to_string());
    context.deployer.record_refused_login(error, id, text.as_deref()).await;
}

/// Whether a browser sends a change from a page of another site.
pub(crate) fn is_cross_site(parts: &Parts) -> bool {
    let site = parts.headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    !parts.method.is_safe() && matches!(site, Some(b"cross-site" | b"same-site"))
}

pub(crate) fn is_failed_login(error: &DeployerError) -> bool {
    matches!(
        error,
        DeployerError::KeyUnknown
            | DeployerError::PasswordWrong
            | DeployerError::LoginUnknown(_)
            | DeployerError::LoginDisabled(_)
    )
}

/// A time to wait in whole seconds, at least one.
pub(crate) fn seconds(after: Duration) -> u64 {
    after.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
}

/// What counts as one caller: a key, or a login of the host.
fn name(principal: &Principal) -> String {
    match principal.authentication() {
        Authentication::ApiKey { id } => format!("key {id}"),
        _ => format!("login {}", principal.login()),
    }
}

fn key_in_headers(request: &Parts) -> Option<String> {
    Credentials::of(request).keys().find_map(key_id)
}

/// The id in a key of ours, which is no secret.
pub(crate) fn key_id(key: &SecretString) -> Option<String> {
    let id = key.expose_secret().strip_prefix("pdk_")?.split('_').next()?;
    (id.len() <= LONGEST_ID).then(|| id.to_owned())
}
