//! What the services of a fleet have in common: one key, one prefix, a builder and a handle.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::node::StartError;
use crate::random::mark;
use crate::server::{ANY_PORT, Admitted, Reception, Running, Shared, start};

/// The one key of a service: its id goes as user, its secret as password (wire-facts 1.4).
#[derive(Clone)]
pub(crate) struct Key {
    id: String,
    secret: String,
}

/// How a kind of service differs from the others.
pub(crate) struct ServiceKind<S: 'static> {
    /// What random keys begin with.
    pub(crate) key_name: &'static str,
    /// The prefix of every path; the name of the tenant or space follows it.
    pub(crate) prefix: &'static [&'static str],
    /// What follows host and port in its URL.
    pub(crate) after_url: &'static str,
    /// Each service reports an unknown key in its own way.
    pub(crate) unknown_key: fn() -> Response,
    pub(crate) routes: fn() -> Router<Arc<Shared<S>>>,
}

/// A service that is to be started.
#[derive(Clone)]
pub(crate) struct ServiceBuilder<S> {
    /// Its tenant or space.
    pub(crate) name: String,
    /// One that no other mock has, unless it is named.
    pub(crate) key: Option<Key>,
    pub(crate) address: SocketAddr,
    pub(crate) state: S,
}

/// A service that runs.
pub(crate) struct Service<S> {
    pub(crate) shared: Arc<Shared<S>>,
    pub(crate) running: Running,
    pub(crate) key: Key,
}

impl<S: Send + 'static> ServiceBuilder<S> {
    pub(crate) fn new(name: &str, state: S) -> Self {
        Self { name: name.to_owned(), key: None, address: ANY_PORT, state }
    }

    /// # Errors
    ///
    /// The address is not one of this machine, or taken.
    pub(crate) async fn try_start(self, kind: &ServiceKind<S>) -> Result<Service<S>, StartError> {
        let prefix = kind.prefix.iter().map(|segment| (*segment).to_owned());
        let prefix = prefix.chain([self.name]).collect();
        let key = self.key.unwrap_or_else(|| Key::random(kind.key_name));
        let reception =
            ServiceReception { key: key.clone(), prefix, unknown_key: kind.unknown_key };
        let shared = Arc::new(Shared::new(self.state, reception));
        let routes = (kind.routes)().with_state(Arc::clone(&shared));
        let running = start(&shared, routes, self.address, kind.after_url, None).await?;
        Ok(Service { shared, running, key })
    }
}

/// How a service receives its callers.
struct ServiceReception {
    key: Key,
    prefix: Vec<String>,
    unknown_key: fn() -> Response,
}

impl<S: 'static> Reception<S> for ServiceReception {
    fn below_api(&self, path: &str) -> Option<String> {
        let mut given = path.split('/').filter(|segment| !segment.is_empty());
        let fits = self.prefix.iter().all(|wanted| given.next() == Some(wanted));
        fits.then(|| format!("/{}", given.collect::<Vec<_>>().join("/")))
    }

    fn admit(&self, _: &S, request: &mut Parts) -> Result<Admitted, Box<Response>> {
        if self.key.is_in(&request.headers) {
            Ok(Admitted::WithKey(self.key.id.clone()))
        } else {
            Err(Box::new((self.unknown_key)()))
        }
    }
}

impl Key {
    pub(crate) fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: secret.into() }
    }

    /// A key that no other mock has.
    pub(crate) fn random(name: &str) -> Self {
        let mark = mark();
        let (id, secret) = mark.split_at(8);
        Self::new(format!("{name}-{id}"), format!("{name}-secret-{secret}"))
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// Whether the headers of a request have this key.
    fn is_in(&self, headers: &HeaderMap) -> bool {
        let text = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, rest)) = text.and_then(|text| text.split_once(' ')) else {
            return false;
        };
        let expected = format!("{}:{}", self.id, self.secret);
        scheme.eq_ignore_ascii_case("basic")
            && STANDARD.decode(rest.trim()).is_ok_and(|bytes| bytes == expected.as_bytes())
    }
}

/// Gives the handle of a service, whose field is a [`Service`], its builder, URL, key, faults, the journal
/// and `Debug`; and its builder, whose field is a [`ServiceBuilder`], what all builders have.
macro_rules! service {
    ($handle:ident, $builder:ident, $kind:expr, $what:literal, $url:literal) => {
        impl $builder {
            /// A key that is known before it starts.
            pub fn key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
                self.0.key = Some($crate::service::Key::new(id, secret));
                self
            }

            /// At another address than a free port of 127.0.0.1.
            pub fn listen(mut self, address: std::net::SocketAddr) -> Self {
                self.0.address = address;
                self
            }

            /// Starts it.
            ///
            /// # Errors
            ///
            /// The address is not one of this machine, or taken.
            pub async fn try_start(self) -> Result<$handle, $crate::StartError> {
                self.0.try_start(&$kind).await.map($handle)
            }

            /// Starts it.
            ///
            /// # Panics
            ///
            /// As [`try_start`](Self::try_start) fails: a test cannot go on without it.
            pub async fn start(self) -> $handle {
                $crate::node::must_start($what, self.try_start().await)
            }
        }

        /// Without its content, which may hold keys.
        impl std::fmt::Debug for $builder {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($builder))
                    .field("name", &self.0.name)
                    .finish_non_exhaustive()
            }
        }

        impl $handle {
            #[doc = $url]
            #[must_use]
            pub fn url(&self) -> &str {
                self.0.running.url()
            }

            /// The id of its key.
            #[must_use]
            pub fn key_id(&self) -> &str {
                self.0.key.id()
            }

            /// The secret of its key.
            #[must_use]
            pub fn key_secret(&self) -> &str {
                self.0.key.secret()
            }

            /// Stops the service and closes its connections. New connections are refused until the returned
            /// port is dropped.
            ///
            /// # Panics
            ///
            /// The service has a fixed port, and another program took it in the meantime.
            pub async fn stop(self) -> $crate::ClosedPort {
                self.0.running.stop().await
            }

            fn traffic(&self) -> &$crate::traffic::Traffic {
                &self.0.shared.traffic
            }
        }

        $crate::traffic::faults_and_journal!($handle);

        impl std::fmt::Debug for $handle {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($handle))
                    .field("url", &self.url())
                    .field("seed", &self.traffic().faults().seed())
                    .finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use service;
