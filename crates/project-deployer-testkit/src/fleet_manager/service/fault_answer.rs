use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures::{StreamExt as _, stream};

use crate::fault::{Kind, StandIn};

/// What the caller gets in the place of an answer; none means that the connection is cut.
pub(super) async fn mangled(kind: Kind, answer: Response) -> Option<Response> {
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

/// Ends the connection before anything of an answer was sent: the body fails while its head is still
/// held back.
pub(super) fn cut() -> Response {
    let failure = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Response::new(Body::from_stream(stream::once(async { Err::<Bytes, _>(failure) })))
}

fn other_answer(stand_in: StandIn) -> Response {
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
fn truncated(answer: Response, bytes: &Bytes) -> Response {
    let first = half(bytes);
    let pieces = stream::once(async move { Ok(first) }).chain(stream::once(async {
        // Whoever has to wait sends what there is.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("truncated on demand"))
    }));
    let mut answer = with_body(answer, Body::from_stream(pieces));
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(bytes.len().max(2)));
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
