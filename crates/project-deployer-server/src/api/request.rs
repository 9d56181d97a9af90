//! What handlers read of a request.

mod parameter;

use std::ops::Deref;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use project_deployer::core::IdentifierError;
use project_deployer::core::document::{Document, parse_json};
use project_deployer::store::Revision;
use project_deployer::{DeployerSession, Principal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use utoipa::IntoParams;

use super::problem::Problem;
use crate::operations::{BodyError, MAX_JSON, Place, Reserved, read_body};
use crate::service::ServiceContext;

/// What a handler answers.
pub(crate) type Answer<T> = Result<T, Problem>;

/// The session of the caller, and who the caller is.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) session: DeployerSession,
    pub(crate) principal: Principal,
}

impl Caller {
    /// A session whose changes expect this revision; without one they overwrite anything.
    pub(crate) fn at(&self, expected: Option<Revision>) -> DeployerSession {
        expected.map_or_else(|| self.session.clone(), |revision| self.expecting(revision))
    }

    /// A place among the long requests that a caller may have at once.
    pub(crate) fn place(&self, context: &ServiceContext) -> Answer<Place> {
        Ok(context.operations.node_requests.take(self.principal.login().as_str())?)
    }

    /// Carries work out on a thread of its own, for work that cannot move between threads. It ends with its request:
    /// where the connection says that its client is gone. One with half-closed connections (`deployer serve` over
    /// HTTP/1) does not say it while it waits for the answer, so that the work goes on to the time limits of its nodes.
    pub(crate) async fn apart<T, F>(
        self,
        context: &ServiceContext,
        work: impl FnOnce(DeployerSession) -> F + Send + 'static,
    ) -> Answer<T>
    where
        T: Send + 'static,
        F: Future<Output = Answer<T>>,
    {
        let (place, session) = (self.place(context)?, self.session);
        let runtime = Handle::current();
        // The sender is dropped with the request, or at the end of this function.
        let (_asked, gone) = oneshot::channel::<()>();
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            runtime.block_on(async {
                tokio::select! {
                    biased;
                    _ = gone => Err(Problem::new("internal", "nobody waits for the answer")),
                    done = work(session) => done,
                }
            })
        });
        done.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the work of a request failed");
            Err(Problem::new("internal", "the service failed"))
        })
    }
}

impl Deref for Caller {
    type Target = DeployerSession;

    fn deref(&self) -> &DeployerSession {
        &self.session
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        // Every route is behind the layer that puts it there.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::no_route)
    }
}

/// The segments of the path that have names, decoded. A host may have more of them, before ours.
#[derive(Debug)]
pub(crate) struct Ids(Vec<(String, String)>);

impl Ids {
    /// A segment as an id. A text that breaks the rule of its kind is the id of no object.
    pub(crate) fn read<T>(&self, name: &str, kind: &'static str) -> Answer<T>
    where
        T: for<'a> TryFrom<&'a str, Error = IdentifierError>,
    {
        let text = self.text(name);
        T::try_from(text).map_err(|_| Problem::not_found(kind, text))
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        let last = self.0.iter().rev().find(|(known, _)| known == name);
        last.map(|(_, text)| text.as_str()).unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let path = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let path = path.map_err(|error| Problem::new("request-malformed", error.body_text()));
        Ok(Self(path?.0))
    }
}

/// The parameters of the query.
#[derive(Debug)]
pub(crate) struct Parameters<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + IntoParams> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        Ok(Self(query.map_err(|error| parameter::problem::<T>(&error))?.0))
    }
}

/// The JSON of a body. An empty one is `{}`, so that clients need none where all fields are optional. That of a PUT is
/// missing: a body that was forgotten would replace what is there by nothing.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Answer<Self> {
        // It is reserved until the text is parsed.
        let mut reserved = Reserved::default();
        let (parts, body) = request.into_parts();
        let bytes = read_body(&parts.extensions, body, &mut reserved).await?;
        let (json, what) = match bytes.is_empty() {
            true if parts.method == Method::PUT => (&b""[..], "the request has no body"),
            true => (&b"{}"[..], "the request has no body"),
            false => (&bytes[..], "the body cannot be read"),
        };
        let malformed = |error: serde_json::Error| {
            Problem::new("request-malformed", format!("{what}: {error}"))
                .with_fix("send the JSON that /api/v1/openapi.json describes")
        };
        Ok(Self(serde_json::from_slice(json).map_err(malformed)?))
    }
}

/// A document of the product in a body: what this program does not know of it is kept.
#[derive(Debug)]
pub(crate) struct DocumentBody(Value);

impl DocumentBody {
    pub(crate) fn document<T: Document>(self) -> Answer<T> {
        Ok(T::from_document(self.0)?)
    }

    /// Sets a field that the body may leave out, since the path has it.
    pub(crate) fn with(mut self, field: &str, value: &str) -> Self {
        if let Some(fields) = self.0.as_object_mut() {
            fields.entry(field).or_insert_with(|| value.into());
        }
        self
    }
}

impl<S: Send + Sync> FromRequest<S> for DocumentBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Answer<Self> {
        let mut reserved = Reserved::default();
        let (parts, body) = request.into_parts();
        Ok(Self(parse_json(&read_body(&parts.extensions, body, &mut reserved).await?)?))
    }
}

/// The problem of a body that was not read.
impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::EndedEarly => Self::new("request-malformed", "the body ended early")
                .with_fix("send the request again"),
            BodyError::TooLong => Self::new(
                "request-too-large",
                format!("the body is longer than {} MiB", MAX_JSON >> 20),
            ),
            BodyError::Busy => Self::new("service-busy", "too many bodies are read at once")
                .with_header(header::RETRY_AFTER, HeaderValue::from_static("1")),
            BodyError::TooSlow => {
                Self::new("request-malformed", "the body takes too long").with_fix("send it faster")
            }
        }
    }
}

/// A text as an id, or the problem of its field.
pub(crate) fn id<T>(field: &str, text: &str) -> Answer<T>
where
    T: for<'a> TryFrom<&'a str, Error = IdentifierError>,
{
    T::try_from(text).map_err(|error| Problem::identifier(field, &error))
}

/// A text that may be absent or empty, as an id.
pub(crate) fn optional_id<T>(field: &str, text: Option<&str>) -> Answer<Option<T>>
where
    T: for<'a> TryFrom<&'a str, Error = IdentifierError>,
{
    text.filter(|text| !text.is_empty()).map(|text| id(field, text)).transpose()
}

/// The word of a value that serializes as a text.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// A value as JSON.
pub(crate) fn json(value: &impl Serialize) -> Answer<Value> {
    serde_json::to_value(value).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written");
        Problem::new("internal", "the answer cannot be written")
    })
}
