//! How the services of a fleet receive their callers: one key, one prefix.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::random::mark;
use crate::server::Reception;

/// The one key of a service: its id goes as user, its secret as password (wire-facts 1.4).
#[derive(Clone)]
pub(crate) struct Key {
    id: String,
    secret: String,
}

/// The prefix of every path.
#[derive(Debug, Clone)]
pub(crate) struct Prefix(Vec<String>);

/// How a service receives its callers.
pub(crate) struct ServiceReception {
    key: Key,
    prefix: Prefix,
    unknown_key: fn() -> Response,
}

impl ServiceReception {
    /// Each service reports an unknown key in its own way.
    pub(crate) fn new(key: Key, prefix: Prefix, unknown_key: fn() -> Response) -> Self {
        Self { key, prefix, unknown_key }
    }
}

impl<S: 'static> Reception<S> for ServiceReception {
    fn below_api(&self, path: &str) -> Option<String> {
        self.prefix.cut(path)
    }

    fn admit(&self, _: &S, request: &mut Parts) -> Result<String, Box<Response>> {
        if self.key.is_in(&request.headers) {
            Ok(self.key.id.clone())
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

impl Prefix {
    pub(crate) fn new<const N: usize>(segments: [&str; N]) -> Self {
        Self(segments.map(str::to_owned).to_vec())
    }

    /// The rest of a path; nothing when it begins in another way.
    fn cut(&self, path: &str) -> Option<String> {
        let mut given = path.split('/').filter(|segment| !segment.is_empty());
        let fits = self.0.iter().all(|wanted| given.next() == Some(wanted));
        fits.then(|| format!("/{}", given.collect::<Vec<_>>().join("/")))
    }
}

/// Gives the handle of a service its URL, its key, faults, the journal and `Debug`.
macro_rules! service_handle {
    ($handle:ident, $url:literal) => {
        impl $handle {
            #[doc = $url]
            #[must_use]
            pub fn url(&self) -> &str {
                self.running.url()
            }

            /// The id of its key.
            #[must_use]
            pub fn key_id(&self) -> &str {
                self.key.id()
            }

            /// The secret of its key.
            #[must_use]
            pub fn key_secret(&self) -> &str {
                self.key.secret()
            }

            fn traffic(&self) -> &$crate::traffic::Traffic {
                &self.shared.traffic
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
pub(crate) use service_handle;
