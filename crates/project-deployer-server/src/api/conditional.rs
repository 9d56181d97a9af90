//! ETags (RFC 9110): strong ones from the revision of a document, weak ones from what lists and views show.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Json, Response};
use project_deployer::store::Revision;
use project_deployer::{DeployerError, Versioned};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use super::request::Answer;

/// The longest answer that gets a weak ETag, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

/// A document with its revision, which is its ETag.
pub(crate) struct Tagged<T>(pub(crate) Revision, pub(crate) T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        ([(header::ETAG, etag(self.0))], Json(self.1)).into_response()
    }
}

pub(crate) fn etag(revision: Revision) -> HeaderValue {
    HeaderValue::try_from(format!("\"{revision}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// What `If-Match` says.
#[derive(Debug)]
pub(crate) enum IfMatch {
    Missing,
    /// `*`, which means whatever is there.
    Anything,
    Tags(Vec<String>),
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let tags = tags(&parts.headers, &header::IF_MATCH);
        Ok(match tags.as_slice() {
            [] => Self::Missing,
            [any] if any == "*" => Self::Anything,
            _ => Self::Tags(tags),
        })
    }
}

impl IfMatch {
    /// The revision that a change expects, which would overwrite what others wrote: it has to say what it saw. None if
    /// it overwrites anything on purpose.
    pub(crate) fn required(&self, current: Revision) -> Answer<Option<Revision>> {
        match self {
            Self::Missing => Err(Problem::new(
                "etag-missing",
                "this change would overwrite changes that you have not seen",
            )),
            other => other.optional(current),
        }
    }

    /// The same for a change that needs no `If-Match`.
    pub(crate) fn optional(&self, current: Revision) -> Answer<Option<Revision>> {
        match self {
            Self::Missing | Self::Anything => Ok(None),
            Self::Tags(tags) if tags.iter().any(|tag| *tag == format!("\"{current}\"")) => {
                Ok(Some(current))
            }
            Self::Tags(_) => Err(mismatch(current)),
        }
    }

    /// The same, where the document is read only if there is an `If-Match`.
    pub(crate) async fn of_read<T>(
        &self,
        read: impl Future<Output = Result<Versioned<T>, DeployerError>>,
    ) -> Answer<Option<Revision>> {
        match self {
            Self::Missing => Ok(None),
            matched => matched.optional(read.await?.revision),
        }
    }
}

/// What a change answers that succeeded: the document as it is now. Nothing if the change took the right to read it away
/// from the caller.
pub(crate) fn saved<T, U: Serialize>(
    read: Result<Versioned<T>, DeployerError>,
    shown: impl FnOnce(T) -> U,
) -> Answer<Response> {
    match read {
        Ok(Versioned { value, revision, .. }) => Ok(Tagged(revision, shown(value)).into_response()),
        Err(
            DeployerError::NotFound(_)
            | DeployerError::Forbidden(_)
            | DeployerError::LoginUnknown(_)
            | DeployerError::LoginDisabled(_),
        ) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(error.into()),
    }
}

/// What a change answers that lost a race. It has no ETag: the one that the winner left is not read.
pub(crate) fn lost(expected: Option<Revision>) -> impl FnOnce(DeployerError) -> Problem {
    move |error: DeployerError| match (&error, expected) {
        (DeployerError::ChangedMeanwhile(_), Some(_)) => {
            Problem::new("etag-mismatch", "the object was changed at the same time")
        }
        _ => error.into(),
    }
}

fn mismatch(current: Revision) -> Problem {
    Problem::new("etag-mismatch", "the object was changed since you read it")
        .with_header(header::ETAG, etag(current))
}

fn tags(headers: &HeaderMap, name: &header::HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let tags = values.flat_map(|value| value.split(','));
    tags.map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

/// Answers 304 to a reader who has the current answer. Answers without an ETag get a weak one.
pub(crate) async fn not_modified(request: Request, next: Next) -> Response {
    let is_read = request.method() == Method::GET;
    let known = tags(request.headers(), &header::IF_NONE_MATCH);
    let response = next.run(request).await;
    if !is_read || response.status() != StatusCode::OK || !is_json(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = match to_bytes(body, LONGEST).await {
        Ok(bytes) => bytes,
        Err(error) => {
            tracing::error!(%error, "an answer is too long");
            return Problem::new("internal", "the answer is too long").into_response();
        }
    };
    let tag = parts.headers.entry(header::ETAG).or_insert_with(|| weak(&bytes)).clone();
    let tag = tag.to_str().unwrap_or_default();
    let same = |known: &String| {
        known == "*" || known.trim_start_matches("W/") == tag.trim_start_matches("W/")
    };
    if known.iter().any(same) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn weak(bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let short: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::try_from(format!("W/\"{short}\"")).unwrap_or(HeaderValue::from_static("W/\"\""))
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}
