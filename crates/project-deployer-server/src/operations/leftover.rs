//! The rest of a body that no handler read. A server that answers early and closes the connection cuts a client off
//! that still sends: the client sees a broken connection instead of the answer.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt as _;
use http_body::{Frame, SizeHint};
use tokio::time::timeout;

/// How much of a body is read after its answer is known, in bytes. More than that ends the connection.
const MOST: u64 = 8 * 1024 * 1024;

/// How long it is read.
const LONGEST: Duration = Duration::from_secs(30);

/// What was left of a body when it was dropped.
type Slot = Arc<Mutex<Option<Body>>>;

/// A body that leaves its rest in a slot when it is dropped.
struct Kept {
    body: Option<Body>,
    slot: Slot,
}

/// Answers a request, and reads what is left of its body.
pub(super) async fn read(request: Request, next: Next) -> Response {
    // A client that waits for leave to send sends nothing when it reads an answer.
    if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let slot = Slot::default();
    let kept = Arc::clone(&slot);
    let request = request.map(|body| Body::new(Kept { body: Some(body), slot: kept }));
    let mut response = next.run(request).await;
    let rest = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(rest) = rest.filter(|rest| !rest.is_end_stream()) else { return response };
    if rest.size_hint().lower() > MOST {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    // Beside the answer: the server goes on reading as long as somebody takes it.
    tokio::spawn(timeout(LONGEST, async move {
        let mut pieces = rest.into_data_stream();
        let mut taken = 0_u64;
        while let Some(Ok(piece)) = pieces.next().await {
            taken = taken.saturating_add(piece.len() as u64);
            if taken > MOST {
                break;
            }
        }
    }));
    response
}

impl HttpBody for Kept {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = self.body.take();
    }
}
