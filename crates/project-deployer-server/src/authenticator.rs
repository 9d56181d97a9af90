//! Who asks.

use std::fmt;

use async_trait::async_trait;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use project_deployer::{Deployer, DeployerError, Principal};
use secrecy::{ExposeSecret as _, SecretString};

/// Finds out who sends a request.
///
/// Programs may implement it: for sessions of a host, for tokens of an identity provider, for a header that a proxy
/// sets.
#[async_trait]
pub trait Authenticator: fmt::Debug + Send + Sync + 'static {
    /// The principal of a request, by its headers.
    ///
    /// # Errors
    ///
    /// The request has no credentials, or they authenticate nobody.
    async fn authenticate(&self, request: &Parts) -> Result<Principal, AuthenticationError>;
}

/// Why a request has no principal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticationError {
    /// The request has no credentials.
    #[error(
        "the request has no API key; send one as the user name of basic authentication, or as a bearer token"
    )]
    Missing,
    /// The credentials are refused, or cannot be checked now.
    #[error(transparent)]
    Refused(#[from] DeployerError),
}

/// The API keys that a request offers (wire-facts 1.4): a bearer token, or either half of basic credentials, since
/// clients differ in which one is the key.
#[derive(Debug, Default)]
pub struct Credentials(Vec<SecretString>);

impl Credentials {
    /// What the headers of a request offer.
    #[must_use]
    pub fn of(request: &Parts) -> Self {
        let header = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, rest)) = header.and_then(|text| text.split_once(' ')) else {
            return Self::default();
        };
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") && !rest.is_empty() {
            return Self(vec![rest.into()]);
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return Self::default();
        }
        let decoded = STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
        let halves = pair.into_iter().flat_map(|(user, password)| [user, password]);
        Self(halves.filter(|half| !half.is_empty()).map(SecretString::from).collect())
    }

    /// The keys, in the order in which they are tried.
    pub fn keys(&self) -> impl Iterator<Item = &SecretString> {
        self.0.iter()
    }
}

/// Authenticates by the API keys of a [`Deployer`].
#[derive(Debug, Clone)]
pub struct ApiKeyAuthenticator {
    deployer: Deployer,
}

impl ApiKeyAuthenticator {
    /// By the keys of this Deployer.
    #[must_use]
    pub fn new(deployer: Deployer) -> Self {
        Self { deployer }
    }
}

#[async_trait]
impl Authenticator for ApiKeyAuthenticator {
    async fn authenticate(&self, request: &Parts) -> Result<Principal, AuthenticationError> {
        let mut refused = AuthenticationError::Missing;
        for key in Credentials::of(request).keys() {
            match self.deployer.authenticate(key.expose_secret()).await {
                Ok(principal) => return Ok(principal),
                // The other half may be the key.
                Err(DeployerError::KeyUnknown) => refused = DeployerError::KeyUnknown.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(refused)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn offered(header: &str) -> Vec<String> {
        let request = Request::builder().header("authorization", header).body(()).unwrap();
        let credentials = Credentials::of(&request.into_parts().0);
        credentials.keys().map(|key| key.expose_secret().to_owned()).collect()
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn a_key_is_taken_from_wherever_clients_put_it() {
        // wire-facts 1.4
        assert_eq!(offered(&basic("key:")), ["key"]);
        assert_eq!(offered(&basic(":key")), ["key"]);
        assert_eq!(offered("Bearer key"), ["key"]);
        assert_eq!(offered("bearer  key "), ["key"]);
    }

    #[test]
    fn other_headers_offer_nothing() {
        for header in ["", "Basic", "Basic ???", "Bearer ", "Digest key", "key", &basic("key")] {
            assert!(offered(header).is_empty(), "{header}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        // R13
        let request =
            Request::builder().header("authorization", "Bearer secret-1").body(()).unwrap();
        let credentials = Credentials::of(&request.into_parts().0);
        assert!(!format!("{credentials:?}").contains("secret-1"));
    }
}
