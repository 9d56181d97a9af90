//! On whose behalf an administrator asks.

use axum::http::request::Parts;
use project_deployer::core::Login;

/// The header that names the user (wire-facts 1.4).
const PROXY_USER: &str = "x-dku-proxyuser";

/// The user in whose name a request is to be carried out, if it is not the caller.
///
/// # Errors
///
/// What is wrong with the header.
pub(crate) fn proxy_user(parts: &Parts) -> Result<Option<Login>, String> {
    let mut values = parts.headers.get_all(PROXY_USER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("X-DKU-ProxyUser is sent twice; send one login".to_owned());
    }
    let text = std::str::from_utf8(value.as_bytes())
        .map_err(|_| "X-DKU-ProxyUser is not UTF-8; send a login".to_owned())?;
    Login::parse(text).map(Some).map_err(|error| format!("X-DKU-ProxyUser: {error}"))
}
