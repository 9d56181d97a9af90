//! The cookie of a browser's session.

use axum::http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};

use super::options::FrontendOptions;

/// Over TLS the prefix keeps other hosts of the same domain from setting it.
const OVER_TLS: &str = "__Host-deployer-session";
const PLAIN: &str = "deployer-session";

fn name(options: &FrontendOptions) -> &'static str {
    if options.over_tls { OVER_TLS } else { PLAIN }
}

/// The token of the session that a request has.
pub(crate) fn token(headers: &HeaderMap, options: &FrontendOptions) -> Option<SecretString> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        values.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
    let (_, token) = pairs.find(|(key, _)| key.trim() == name(options))?;
    Some(token.trim().to_owned().into())
}

/// The header that gives a browser its session. No script reads it, and no other site makes the browser send it.
pub(crate) fn set(token: &SecretString, options: &FrontendOptions) -> Option<HeaderValue> {
    value(token.expose_secret(), options.sessions.absolute.as_secs(), options)
}

/// The header that takes the session away.
pub(crate) fn clear(options: &FrontendOptions) -> Option<HeaderValue> {
    value("", 0, options)
}

fn value(token: &str, seconds: u64, options: &FrontendOptions) -> Option<HeaderValue> {
    let secure = if options.over_tls { "; Secure" } else { "" };
    let text = format!(
        "{}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}",
        name(options)
    );
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
