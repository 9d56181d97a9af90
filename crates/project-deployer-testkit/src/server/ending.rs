use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt as _, stream};

use crate::fault::{Kind, ReplacementAnswer};

/// How a call ends for its caller.
#[derive(Debug)]
pub(super) enum Ending {
    /// With an answer.
    Answered(Response),
    /// With a reset of the connection.
    Cut,
    /// With bytes that are no HTTP.
    Garbled,
}

impl Ending {
    /// The end of a call that no fault concerns.
    pub(super) fn answered(answer: Option<Response>) -> Self {
        answer.map_or(Self::Cut, Self::Answered)
    }

    /// How a fault ends a call that would have been answered in this way.
    pub(super) async fn of(kind: Kind, answer: Response) -> Self {
        match kind {
            Kind::Reset => Self::Cut,
            Kind::Garbage => Self::Garbled,
            Kind::Delay(_) | Kind::Held(_) => Self::Answered(answer),
            Kind::Answer(replacement) => Self::Answered(other_answer(replacement)),
            Kind::NoBody => Self::Answered(with_body(answer, Body::empty())),
            Kind::HalfBody => {
                let (answer, bytes) = read(answer).await;
                Self::Answered(with_body(answer, Body::from(half(&bytes))))
            }
            Kind::Truncated => {
                let (answer, bytes) = read(answer).await;
                Self::Answered(truncated(answer, &bytes))
            }
            Kind::Dripping(pause) => {
                let (answer, bytes) = read(answer).await;
                Self::Answered(dripping(answer, bytes, pause))
            }
        }
    }

    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Answered(answer) => Some(answer.status().as_u16()),
            Self::Cut | Self::Garbled => None,
        }
    }
}

fn other_answer(replacement: ReplacementAnswer) -> Response {
    let mut answer = Response::new(Body::from(replacement.body));
    *answer.status_mut() =
        StatusCode::from_u16(replacement.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in replacement.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    answer
}

/// Promises the whole body, sends half of it, and fails.
fn truncated(answer: Response, bytes: &Bytes) -> Response {
    let first = half(bytes);
    let pieces = stream::once(async move { Ok(first) }).chain(stream::once(async {
        // A fault that waits sends what there is: the end comes after the head and the first half.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("truncated on demand"))
    }));
    // An answer without a body cannot be truncated unless it promises one.
    promising(bytes.len().max(2), with_body(answer, Body::from_stream(pieces)))
}

/// Sends a body byte by byte.
fn dripping(answer: Response, bytes: Bytes, pause: Duration) -> Response {
    let length = bytes.len();
    let pieces = stream::unfold(bytes, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let first = left.split_to(1);
        Some((Ok::<_, std::io::Error>(first), left))
    });
    promising(length, with_body(answer, Body::from_stream(pieces)))
}

fn promising(length: usize, mut answer: Response) -> Response {
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    answer
}

fn half(bytes: &Bytes) -> Bytes {
    bytes.slice(..bytes.len() / 2)
}

async fn read(answer: Response) -> (Response, Bytes) {
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    (Response::from_parts(parts, Body::empty()), bytes)
}

fn with_body(mut answer: Response, body: Body) -> Response {
    answer.headers_mut().remove(CONTENT_LENGTH);
    answer
        .headers_mut()
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    *answer.body_mut() = body;
    answer
}
