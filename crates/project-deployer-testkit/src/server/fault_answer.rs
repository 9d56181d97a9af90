use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures::{StreamExt as _, stream};

use crate::fault::{Kind, StandIn};

/// What the caller gets in the place of an answer; none means that the connection is cut.
pub(super) async fn mangled(kind: Kind, answer: Response<Body>) -> Option<Response<Body>> {
    match kind {
        Kind::Reset => None,
        Kind::Delay(_) | Kind::Held(_) => Some(answer),
        Kind::Answer(stand_in) => Some(other_answer(stand_in)),
        Kind::NoBody => Some(with_body(answer, Body::empty())),
        Kind::HalfBody => {
            let (answer, bytes) = read(answer).await;
            Some(with_body(answer, Body::from(half(&bytes))))
        }
        Kind::Truncated => {
            let (answer, bytes) = read(answer).await;
            Some(truncated(answer, &bytes))
        }
    }
}

fn other_answer(stand_in: StandIn) -> Response<Body> {
    let mut answer = Response::new(Body::from(stand_in.body));
    *answer.status_mut() =
        StatusCode::from_u16(stand_in.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in stand_in.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    answer
}

/// Promises the whole body, sends half of it, and fails.
fn truncated(answer: Response<Body>, bytes: &Bytes) -> Response<Body> {
    let first = half(bytes);
    let pieces = stream::once(async move { Ok(first) }).chain(stream::once(async {
        // Whoever has to wait sends what there is: the end comes after the head and the first half.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("truncated on demand"))
    }));
    let mut answer = with_body(answer, Body::from_stream(pieces));
    // An answer without a body cannot be truncated unless it promises one.
    let promised = bytes.len().max(2);
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(promised));
    answer
}

fn half(bytes: &Bytes) -> Bytes {
    bytes.slice(..bytes.len() / 2)
}

async fn read(answer: Response<Body>) -> (Response<Body>, Bytes) {
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    (Response::from_parts(parts, Body::empty()), bytes)
}

fn with_body(mut answer: Response<Body>, body: Body) -> Response<Body> {
    answer.headers_mut().remove(CONTENT_LENGTH);
    answer
        .headers_mut()
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    *answer.body_mut() = body;
    answer
}
